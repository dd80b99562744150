"""Rules of the house that no linter knows."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_tests_have_no_other_skip_than_by_name() -> None:
    """A skip says which part is missing; a bare one would hide a test for ever."""
    for path in (ROOT / "tests").rglob("*.py"):
        if path == Path(__file__):
            continue
        for line in path.read_text().splitlines():
            assert not re.search(r"pytest\.skip\(\s*\)|mark\.skip\b(?!if)|mark\.xfail", line), f"{path}: {line}"
