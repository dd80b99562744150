"""`blocked_keys_file`: what may stand in it, and what is told of what may not."""

from __future__ import annotations

from pathlib import Path

import pytest

from pki_manager.bootstrap.blocked_keys import read_blocked_keys
from pki_manager.domain.errors import ConfigurationInvalid


def write(folder: Path, text: str) -> Path:
    path = folder / "blocked.txt"
    path.write_text(text, encoding="utf-8")
    return path


def test_without_a_file_there_are_no_keys() -> None:
    assert read_blocked_keys(None) == frozenset()


def test_hashes_of_both_kinds_comments_and_empty_lines(tmp_path: Path) -> None:
    path = write(tmp_path, f"# keys\n\n{'ab' * 32}  # a laptop\n{'CD' * 10}\r\n   {'ef' * 32}\n")
    found = {bytes.fromhex("ab" * 32), bytes.fromhex("cd" * 10), bytes.fromhex("ef" * 32)}
    assert read_blocked_keys(path) == found


@pytest.mark.parametrize(
    "line", ["ab", "zz" * 32, "ab" * 31, "ab" * 32 + " " + "ab" * 32, "\u0661" * 64, "\u0661" * 20]
)
def test_anything_else_is_told_with_its_line(tmp_path: Path, line: str) -> None:
    path = write(tmp_path, f"# keys\n{line}\n")
    with pytest.raises(ConfigurationInvalid, match="line 2 is not a key") as caught:
        read_blocked_keys(path)
    assert [error.field for error in caught.value.errors] == ["blocked_keys_file"]


def test_of_many_wrong_lines_the_first_are_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationInvalid, match=r"line 1, 2, 3, 4, 5, … is"):
        read_blocked_keys(write(tmp_path, "x\n" * 9))


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_a_file_that_cannot_be_read_stops_the_start(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "blocked.txt"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigurationInvalid, match="cannot be read"):
        read_blocked_keys(path)
