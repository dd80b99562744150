"""Lists of what breaks a rule today. A number may fall; a row goes when its file keeps the rule.

A list is a text file in `exceptions/`, with a path and a number on each line. `python -m tests.architecture.shrinking`
lowers the numbers to what is there now, and never raises one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDER = Path(__file__).parent / "exceptions"


def read(name: str) -> dict[str, int]:
    """Return how often each file may break the rule of that name."""
    lines = (FOLDER / f"{name}.txt").read_text().splitlines()
    return {path: int(count) for path, count in (line.split() for line in lines)}


def worse(name: str, found: Mapping[str, int]) -> dict[str, int]:
    """Return the files that break the rule more often than their row allows."""
    allowed = read(name)
    return {path: count for path, count in found.items() if count > allowed.get(path, 0)}


def settled(name: str, found: Mapping[str, int]) -> set[str]:
    """Return the files whose row can go, because they keep the rule or no longer exist."""
    return {path for path in read(name) if not found.get(path)}


def lower(name: str, found: Mapping[str, int]) -> None:
    """Write the list with today's numbers where they are lower."""
    rows = {path: min(count, found.get(path, 0)) for path, count in read(name).items()}
    text = "".join(f"{path} {count}\n" for path, count in sorted(rows.items()) if count)
    (FOLDER / f"{name}.txt").write_text(text)


def count_in(files: list[Path], count: Callable[[str], int]) -> dict[str, int]:
    """Return, by path, how often each of the files breaks a rule; those that keep it are left out."""
    found = {str(path.relative_to(ROOT)): count(path.read_text()) for path in files}
    return {path: number for path, number in found.items() if number}


if __name__ == "__main__":
    from tests.architecture import test_test_rules

    for list_name, find in test_test_rules.LISTS.items():
        lower(list_name, find())
