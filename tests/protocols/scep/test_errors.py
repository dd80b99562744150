"""Errors in the terms of SCEP: every class has a row, and what is the server's fault is no CertRep."""

from __future__ import annotations

import pytest

from pki_manager.domain import errors
from pki_manager.domain.errors import PkiError, list_error_classes
from pki_manager.domain.protocols.scep import FailInfo
from pki_manager.protocols.scep.errors import PENDING, RULES, TABLE, Http, ScepFailure, get_outcome, get_status


@pytest.mark.parametrize("kind", list_error_classes(), ids=lambda kind: kind.__name__)
def test_every_error_class_has_a_row_of_its_own(kind: type[PkiError]) -> None:
    outcome = TABLE[kind]
    assert outcome is PENDING or isinstance(outcome, ScepFailure | Http)


@pytest.mark.parametrize("kind", list_error_classes(), ids=lambda kind: kind.__name__)
def test_faults_and_unavailable_parts_are_told_by_http(kind: type[PkiError]) -> None:
    """A client takes a CertRep with a failure for final."""
    is_temporary = issubclass(kind, errors.PartUnavailable | errors.TooManyAttempts)
    if is_temporary or kind in (PkiError, errors.Fault, errors.ConfigurationInvalid, errors.HomeUnusable):
        assert isinstance(TABLE[kind], Http)
    error = kind("text", "subject") if kind is errors.ApprovalNeeded else kind("text")
    assert 400 <= get_status(error) < 600


def test_a_rule_says_more_than_its_class() -> None:
    for rule, outcome in RULES.items():
        assert get_outcome(errors.InvalidInput.of("message", rule, "is wrong")) == outcome
    other = errors.InvalidInput.of("message", "other", "is wrong")
    assert get_outcome(other) == ScepFailure(FailInfo.BAD_REQUEST)
