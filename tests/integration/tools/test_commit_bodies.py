"""The check that large commits say why."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from tools import commit_bodies
from tools.commit_bodies import commits_without_body, has_commit


def git(repository: Path, *arguments: str) -> str:
    command = ["git", "-C", str(repository), "-c", "user.name=A", "-c", "user.email=a@example.com", *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def commit(repository: Path, name: str, lines: int, message: str) -> None:
    path = repository / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("line\n" * lines)
    git(repository, "add", "-A")
    git(repository, "commit", "-q", "-m", message)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    git(tmp_path, "init", "-q")
    commit(tmp_path, "begin.py", 1, "Begin")
    git(tmp_path, "tag", "base")
    return tmp_path


@pytest.mark.parametrize(
    ("name", "lines", "message", "found"),
    [
        ("a.py", 101, "Large", ["Large"]),
        ("a.py", 100, "Small", []),
        ("a.py", 101, "Large\n\nIt had to be.", []),
        ("docs/reference/a.md", 101, "Generated", []),
    ],
)
def test_a_large_commit_without_a_body_is_found(
    repository: Path, name: str, lines: int, message: str, found: list[str]
) -> None:
    commit(repository, name, lines, message)
    assert [line.partition(" ")[2] for line in commits_without_body(repository, "base..HEAD")] == found


def test_moved_lines_do_not_count(repository: Path) -> None:
    commit(repository, "a.py", 150, "Large\n\nIt had to be.")
    git(repository, "mv", "a.py", "b.py")
    git(repository, "commit", "-q", "-m", "Move")
    assert commits_without_body(repository, "HEAD~1..HEAD") == []


def test_a_clone_without_the_base_commit_skips_the_check_and_says_so(
    repository: Path,
    tmp_path_factory: pytest.TempPathFactory,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    commit(repository, "a.py", 101, "Large")
    clone = tmp_path_factory.mktemp("clone")
    git(clone, "clone", "-q", "--depth", "1", f"file://{repository}", "shallow")
    monkeypatch.setattr(commit_bodies, "ROOT", clone / "shallow")
    base = git(repository, "rev-parse", "base")
    assert not has_commit(clone / "shallow", base)
    monkeypatch.setattr(commit_bodies, "BASE", base)
    assert commit_bodies.main([]) == 0
    assert "skipped" in capsys.readouterr().err
    monkeypatch.setattr(commit_bodies, "ROOT", repository)
    assert commit_bodies.main([]) == 1
    assert "Large: more than 100 lines" in capsys.readouterr().err
