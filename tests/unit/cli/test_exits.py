"""The exit codes are the contract's, for every kind of error."""

from __future__ import annotations

import pytest

from pki_manager.cli.exits import BY_KIND, Exit, get_exit
from pki_manager.domain.errors import PkiError, list_error_classes

CONTRACT = {
    "internal": 1,
    "invalid_input": 2,
    "malformed": 2,
    "policy_refused": 3,
    "lint_refused": 3,
    "not_found": 4,
    "unauthenticated": 5,
    "forbidden": 5,
    "conflict": 6,
    "name_taken": 6,
    "in_flight": 6,
    "approval_needed": 8,
    "backend_unavailable": 7,
    "storage_unavailable": 7,
    "clock_behind": 7,
    "clock_ahead": 7,
}


@pytest.mark.parametrize("kind", list_error_classes(), ids=lambda kind: kind.__name__)
def test_every_error_class_has_a_row_of_its_own(kind: type[PkiError]) -> None:
    assert BY_KIND[kind] is not Exit.DONE
    assert get_exit(kind.code) is BY_KIND[kind]


@pytest.mark.parametrize(("code", "exit_code"), CONTRACT.items())
def test_the_exit_codes_are_the_contracts(code: str, exit_code: int) -> None:
    assert get_exit(code) == exit_code


def test_an_unknown_code_is_a_fault() -> None:
    assert get_exit("method_not_allowed") is Exit.FAULT
