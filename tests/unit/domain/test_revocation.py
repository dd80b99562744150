"""Revocation reasons, and which revocation may replace which."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from pki_manager.domain.errors import Conflict, InvalidInput
from pki_manager.domain.revocation import Revocation, RevocationReason

NOW = datetime(2026, 3, 1, tzinfo=UTC)


DAY = timedelta(days=1)


ID = UUID(int=1)


def revoked(reason: RevocationReason) -> Revocation:
    return Revocation(ID, 10, ID, reason, NOW, None, NOW + DAY)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("unspecified", 0),
        ("keyCompromise", 1),
        ("cACompromise", 2),
        ("affiliationChanged", 3),
        ("superseded", 4),
        ("cessationOfOperation", 5),
        ("certificateHold", 6),
        ("privilegeWithdrawn", 9),
        ("aACompromise", 10),
    ],
)
def test_revocation_reasons_have_the_codes_of_rfc_5280(name, code):
    assert RevocationReason.parse(name).crl_code == code


@pytest.mark.parametrize("text", ["", "keycompromise", "removeFromCRL", "1"])
def test_other_revocation_reasons_are_refused(text):
    with pytest.raises(InvalidInput, match="must be one of"):
        RevocationReason.parse(text)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (RevocationReason.CERTIFICATE_HOLD, RevocationReason.SUPERSEDED),
        (RevocationReason.SUPERSEDED, RevocationReason.KEY_COMPROMISE),
        (RevocationReason.UNSPECIFIED, RevocationReason.CA_COMPROMISE),
    ],
)
def test_rev_06_a_hold_becomes_final_and_a_key_proves_compromised(
    before: RevocationReason, after: RevocationReason
) -> None:
    assert revoked(before).superseded(after, None) == revoked(after)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (RevocationReason.KEY_COMPROMISE, RevocationReason.KEY_COMPROMISE),
        (RevocationReason.KEY_COMPROMISE, RevocationReason.SUPERSEDED),
        (RevocationReason.SUPERSEDED, RevocationReason.CERTIFICATE_HOLD),
        (RevocationReason.CERTIFICATE_HOLD, RevocationReason.CERTIFICATE_HOLD),
    ],
)
def test_a_revocation_is_not_softened(before: RevocationReason, after: RevocationReason) -> None:
    with pytest.raises(Conflict, match="The certificate is already revoked"):
        revoked(before).superseded(after, None)


@pytest.mark.parametrize(
    ("known", "told", "kept"),
    [(None, NOW, NOW), (NOW, None, NOW), (NOW, NOW - DAY, NOW - DAY), (NOW - DAY, NOW, NOW - DAY)],
)
def test_the_earlier_invalidity_date_is_kept(known, told, kept):
    before = replace(revoked(RevocationReason.SUPERSEDED), invalidity_date=known)
    assert before.superseded(RevocationReason.KEY_COMPROMISE, told).invalidity_date == kept
