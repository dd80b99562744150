"""The comparison with x509-limbo holds the results and the list of differences against each other, both ways."""

from __future__ import annotations

import pytest
from tools.limbo import LISTED, MOST_LISTED, Difference, find_faults, read_differences

ENTRY = Difference("a::b", "FAILURE", "RFC 5280 §4.2", "because")


@pytest.mark.parametrize(
    ("differing", "fault"),
    [
        ({"a::b": "FAILURE"}, ""),
        ({"a::b": "FAILURE", "c::d": "SUCCESS"}, "c::d: returned SUCCESS, not listed"),
        ({}, "a::b: listed, but it agrees or is missing"),
        ({"a::b": "SUCCESS"}, "a::b: returned SUCCESS, listed with FAILURE"),
    ],
)
def test_results_and_list_have_to_be_the_same(differing: dict[str, str], fault: str) -> None:
    assert find_faults(differing, [ENTRY]) == ([fault] if fault else [])


def test_no_more_than_five_differences_can_be_listed() -> None:
    many = [Difference(f"a::{at}", "FAILURE", "", "") for at in range(MOST_LISTED + 1)]
    assert find_faults({entry.id: entry.result for entry in many}, many) == ["6 cases are listed; at most 5 can be"]


def test_each_listed_difference_has_a_clause_and_a_reason() -> None:
    listed = read_differences(LISTED)
    assert len({entry.id for entry in listed}) == len(listed) <= MOST_LISTED
    assert all(entry.clause and entry.reason and entry.result in ("SUCCESS", "FAILURE") for entry in listed)
