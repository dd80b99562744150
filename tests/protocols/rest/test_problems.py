"""The table from errors to HTTP status codes is complete, and is the contract's."""

from __future__ import annotations

import pytest

from pki_manager.domain.errors import ApprovalNeeded, PkiError, list_error_classes
from pki_manager.protocols.rest.problems import STATUS

PUBLIC = {
    "malformed": 400,
    "invalid_input": 422,
    "policy_refused": 422,
    "lint_refused": 422,
    "idempotency_key_reused": 422,
    "unauthenticated": 401,
    "forbidden": 403,
    "not_found": 404,
    "conflict": 409,
    "name_taken": 409,
    "in_flight": 409,
    "too_large": 413,
    "unsupported_media_type": 415,
    "backend_unavailable": 503,
    "storage_unavailable": 503,
    "clock_behind": 503,
    "clock_ahead": 503,
    "internal": 500,
}


@pytest.mark.parametrize("kind", list_error_classes(), ids=lambda kind: kind.__name__)
def test_every_error_class_has_a_row_of_its_own(kind: type[PkiError]) -> None:
    assert STATUS[kind] in range(400, 600) or kind is ApprovalNeeded


def test_the_statuses_are_the_contracts() -> None:
    by_code = {kind.code: status for kind, status in STATUS.items()}
    assert PUBLIC.items() <= by_code.items()


def test_codes_tell_classes_apart() -> None:
    codes = [kind.code for kind in list_error_classes()]
    assert len(codes) == len(set(codes))
