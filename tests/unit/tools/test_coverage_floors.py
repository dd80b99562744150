"""The floors of branch coverage."""

from __future__ import annotations

from tools.coverage_floors import below, rooms


def file(branches: int, covered: int) -> dict[str, dict[str, int]]:
    return {"summary": {"num_branches": branches, "covered_branches": covered}}


REPORT = {
    "files": {
        "src/pki_manager/domain/a.py": file(10, 9),
        "src/pki_manager/domain/rights/b.py": file(10, 6),
        "src/pki_manager/system.py": file(2, 2),
        "src/pki_manager/__init__.py": file(0, 0),
    }
}


def test_the_branches_of_all_modules_of_a_room_count() -> None:
    assert rooms(REPORT) == {"domain": 75, "system": 100}


def test_a_room_below_its_floor_or_without_one_is_found() -> None:
    assert below({"domain": 75, "system": 100}, rooms(REPORT)) == []
    assert below({"domain": 76}, rooms(REPORT)) == [
        "domain: tests reach 75.0 % of its branches, and its floor is 76",
        "system: tests reach 100.0 % of its branches, and its floor is not set",
    ]
