"""Compares the branch coverage of each room with its floor.

    python -m tools.coverage_floors REPORT

REPORT is what `coverage json` writes. The floors are in pyproject.toml, under `tool.coverage_floors`: each room of src
has one. A room below its floor is printed, and the exit status is 1.
"""

from __future__ import annotations

import json
import sys
import tomllib
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
PACKAGE = "src/pki_manager/"


def main(arguments: list[str]) -> int:
    """Print each room that is below its floor, and return 1 if there is one."""
    floors = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["coverage_floors"]
    failures = below(floors, rooms(json.loads(Path(arguments[0]).read_text())))
    for failure in failures:
        sys.stderr.write(f"{failure}\n")
    return 1 if failures else 0


def rooms(report: Mapping[str, Any]) -> dict[str, float]:
    """Return the percentage of branches that tests reach, by room. A module at the root of the package is a room."""
    total: Counter[str] = Counter()
    covered: Counter[str] = Counter()
    for path, file in report["files"].items():
        room = path.removeprefix(PACKAGE).partition("/")[0].removesuffix(".py")
        total[room] += file["summary"]["num_branches"]
        covered[room] += file["summary"]["covered_branches"]
    return {room: 100 * covered[room] / total[room] for room in total if total[room]}


def below(floors: Mapping[str, float], found: Mapping[str, float]) -> list[str]:
    """Return a sentence for each room that is below its floor, or that has no floor."""
    return [
        f"{room}: tests reach {percent:.1f} % of its branches, and its floor is {floors.get(room, 'not set')}"
        for room, percent in sorted(found.items())
        if percent < floors.get(room, 101)
    ]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
