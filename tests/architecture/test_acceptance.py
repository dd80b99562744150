"""`tests/acceptance.txt` names the acceptance cases that are covered; each must have a test with its id in the name.

A case whose test vanishes, or was never written, is seen here. `NAM-04` is covered by any `def test_nam_04_…`, or a
test of the web UI whose name begins with it.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

_TESTS = Path(__file__).parents[1]
_WEB = _TESTS.parent / "web"
_ID = re.compile(r"[A-Z]{3}-[0-9]{2}")
_NAMED = re.compile(r"\bdef test_(\w+)\(")
_IN_NAME = re.compile(r"(?<![a-z])([a-z]{3})_([0-9]{2})(?![0-9])")
_OF_UI = re.compile(r"\btest(?:\.each\(\w+\))?\(\"([A-Z]{3}-[0-9]{2}): ")


def claimed() -> list[str]:
    lines = (_TESTS / "acceptance.txt").read_text(encoding="ascii").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def named() -> set[str]:
    names = (name for path in _TESTS.rglob("test_*.py") for name in _NAMED.findall(path.read_text(encoding="utf-8")))
    python = {f"{kind}-{number}".upper() for name in names for kind, number in _IN_NAME.findall(name.lower())}
    pages = (path for folder in ("src", "tests") for path in (_WEB / folder).rglob("*.ts"))
    return python | {one for path in pages for one in _OF_UI.findall(path.read_text(encoding="utf-8"))}


def test_every_claimed_case_has_a_test_of_its_name() -> None:
    assert set(claimed()) - named() == set()


def test_the_ledger_is_a_sorted_list_of_ids_without_repeats() -> None:
    ids = claimed()
    assert all(_ID.fullmatch(one) for one in ids), [one for one in ids if not _ID.fullmatch(one)]
    assert [one for one, times in Counter(ids).items() if times > 1] == []
    assert ids == sorted(ids)
