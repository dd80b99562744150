"""Files that are replaced as a whole."""

from __future__ import annotations

from pathlib import Path

from pki_manager.authority.kernel.durable_file import replace


def test_a_replaced_file_has_the_new_content_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "file"
    replace(path, b"old")
    replace(path, b"new")
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"new", 0o600)
    assert list(tmp_path.iterdir()) == [path]
