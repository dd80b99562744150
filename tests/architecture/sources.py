"""Source files, and how often each of them breaks a rule."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[2]


def count_in(files: list[Path], count: Callable[[str], int]) -> dict[str, int]:
    """Return, by path, how often each of the files breaks a rule; those that keep it are left out."""
    found = {str(path.relative_to(ROOT)): count(path.read_text()) for path in files}
    return {path: number for path, number in found.items() if number}
