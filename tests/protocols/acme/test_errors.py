"""The table from errors to ACME's words is complete, and says what RFC 8555 says."""

from __future__ import annotations

import json
import re

import pytest

from pki_manager.domain import errors
from pki_manager.domain.errors import FieldError, PkiError, list_error_classes
from pki_manager.protocols.acme.errors import (
    FINALIZE,
    NEW_ORDER,
    NONE,
    REVOKE,
    RULES,
    TABLE,
    URN,
    build_problem,
    get_problem_type,
)

REGISTERED = {
    "accountDoesNotExist", "alreadyRevoked", "badCSR", "badNonce", "badPublicKey", "badRevocationReason",
    "badSignatureAlgorithm", "caa", "compound", "connection", "dns", "externalAccountRequired", "incorrectResponse",
    "invalidContact", "malformed", "orderNotReady", "rateLimited", "rejectedIdentifier", "serverInternal", "tls",
    "unauthorized", "unsupportedContact", "unsupportedIdentifier", "userActionRequired", "alreadyReplaced",
    "invalidProfile",
}  # fmt: skip
"""IANA's "ACME Error Types", and what the draft for profiles adds."""


@pytest.mark.parametrize("kind", list_error_classes(), ids=lambda kind: kind.__name__)
def test_every_error_class_has_a_row_of_its_own(kind: type[PkiError]) -> None:
    assert TABLE[kind].status in range(400, 600)


def test_every_word_is_a_registered_one() -> None:
    rows = [*TABLE.values(), *RULES.values(), *FINALIZE.values(), *NEW_ORDER.values(), *REVOKE.values()]
    assert {row.kind for row in rows} <= REGISTERED
    assert all(row.status in range(400, 600) for row in rows)


@pytest.mark.parametrize("kind", list_error_classes(), ids=lambda kind: kind.__name__)
def test_every_error_becomes_a_problem_document_and_ours_tell_nothing(kind: type[PkiError]) -> None:
    error = kind("secret", "subject") if kind is errors.ApprovalNeeded else kind("secret")
    for words in (NONE, NEW_ORDER, FINALIZE, REVOKE):
        document = build_problem(error, words)
        assert re.fullmatch(re.escape(URN) + "[a-zA-Z]+", document["type"])
        assert (document["detail"] == "secret") is (document["status"] != 500)
        json.dumps(document)


def test_an_operation_has_words_of_its_own_and_rules_are_told_before_them() -> None:
    conflict, refused = errors.InFlight("x"), errors.PolicyRefused("x")
    assert (get_problem_type(conflict).status, get_problem_type(conflict, FINALIZE).kind) == (409, "orderNotReady")
    assert get_problem_type(conflict, REVOKE).kind == "alreadyRevoked"
    assert get_problem_type(refused, NEW_ORDER).kind == "rejectedIdentifier"
    assert get_problem_type(refused, FINALIZE).kind == "badCSR"
    reason = errors.InvalidInput.of("reason", "acme.revocation_reason", "is none")
    assert get_problem_type(reason, REVOKE).kind == "badRevocationReason"


def test_each_of_several_faults_is_a_subproblem_with_its_identifier() -> None:
    faults = (
        FieldError("identifiers.1", "acme.identifier", "is no name"),
        FieldError("identifiers.0", "acme.identifier_kind", "is of no kind"),
        FieldError("identifiers.9", "other", "is not there"),
    )
    names = ({"type": "dns", "value": "a"}, {"type": "dns", "value": "b"})
    document = build_problem(errors.InvalidInput("all wrong", errors=faults), NEW_ORDER, names)
    assert document["subproblems"] == [
        {"type": f"{URN}rejectedIdentifier", "detail": "is no name", "identifier": names[1]},
        {"type": f"{URN}unsupportedIdentifier", "detail": "is of no kind", "identifier": names[0]},
        {"type": f"{URN}rejectedIdentifier", "detail": "is not there"},
    ]


def test_a_wrong_algorithm_is_answered_with_the_right_ones() -> None:
    document = build_problem(errors.InvalidInput.of("alg", "acme.signature_algorithm", "is none"))
    assert "ES256" in document["algorithms"]
