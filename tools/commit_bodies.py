"""Requires a body from every large commit: its subject says what was done, and only a body can say why.

    python -m tools.commit_bodies [REVISION]

Checks the commits after BASE up to REVISION. Default: HEAD. A commit that adds and removes more than LIMIT lines, other
than in GENERATED files, needs a body. Moved lines do not count. Where the history does not reach back to BASE, as in a
shallow clone, the check is skipped, and says so.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
BASE = "075d20cb"
"""The newest commit that the rule does not apply to."""

LIMIT = 100
GENERATED = (
    "docs/reference/",
    "web/openapi.json",
    "web/src/api/generated/",
    "web/package-lock.json",
    "requirements.lock",
)


def main(arguments: list[str]) -> int:
    """Print a line for each commit that lacks a body, and return 1 if there is one."""
    revision = arguments[0] if arguments else "HEAD"
    if not has_commit(ROOT, BASE):
        sys.stderr.write(f"commit bodies: skipped, because this clone does not have commit {BASE}\n")
        return 0
    lacking = commits_without_body(ROOT, f"{BASE}..{revision}")
    for line in lacking:
        sys.stderr.write(f"{line}: more than {LIMIT} lines and no body that says why\n")
    return 1 if lacking else 0


def has_commit(repository: Path, commit: str) -> bool:
    """Return whether the repository has the commit; a shallow clone ends before it, an archive has none."""
    return _git(repository, "cat-file", "-e", f"{commit}^{{commit}}").returncode == 0


def commits_without_body(repository: Path, revisions: str) -> list[str]:
    """Return hash and subject of each large commit whose message ends with its subject."""
    lacking = []
    for commit in _git(repository, "rev-list", "--no-merges", revisions).stdout.split():
        subject, _, body = _git(repository, "show", "-s", "--format=%s%n%b", commit).stdout.partition("\n")
        if not body.strip() and changed_lines(repository, commit) > LIMIT:
            lacking.append(f"{commit[:8]} {subject}")
    return lacking


def changed_lines(repository: Path, commit: str) -> int:
    """Return how many lines of files that people write a commit adds and removes."""
    total = 0
    for line in _git(repository, "show", "--format=", "--numstat", "-M", commit).stdout.splitlines():
        added, removed, path = line.split("\t")
        if not path.startswith(GENERATED) and added != "-":
            total += int(added) + int(removed)
    return total


def _git(repository: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["git", "-C", str(repository), *arguments], check=False, capture_output=True, text=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
