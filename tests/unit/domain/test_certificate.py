"""States, validity, and serial numbers of certificates."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from pki_manager.domain.certificate import Certificate, CertificateKind, CertificateState, Validity, format_serial
from pki_manager.domain.revocation import Revocation, RevocationReason

NOW = datetime(2026, 3, 1, tzinfo=UTC)


DAY = timedelta(days=1)


ID = UUID(int=1)


VALIDITY = Validity(NOW - DAY, NOW + DAY)


CERTIFICATE = Certificate(
    id=ID,
    ca_id=ID,
    issuer_key_id=ID,
    subject_key_id=None,
    kind=CertificateKind.END_ENTITY,
    profile="tls-server",
    profile_version=1,
    serial=10,
    issuer_name_sha256=b"",
    subject="",
    sans=(),
    validity=VALIDITY,
    key_type="Ed25519",
    spki_sha256=b"",
    fingerprint_sha256=b"",
    der=b"",
    requested_by="token:1",
    owner_id=None,
    team_id=None,
    renews=None,
    plan_sha256=b"",
    lint_version="1",
    created_at=NOW,
)


def revoked(reason: RevocationReason) -> Revocation:
    return Revocation(ID, 10, ID, reason, NOW, None, NOW + DAY)


@pytest.mark.parametrize(
    ("reason", "moment", "state"),
    [
        (None, NOW, CertificateState.VALID),
        (None, NOW + DAY, CertificateState.VALID),
        (None, NOW + DAY + timedelta(seconds=1), CertificateState.EXPIRED),
        (RevocationReason.SUPERSEDED, NOW, CertificateState.REVOKED),
        (RevocationReason.SUPERSEDED, NOW + 2 * DAY, CertificateState.REVOKED),
        (RevocationReason.CERTIFICATE_HOLD, NOW, CertificateState.HELD),
    ],
)
def test_the_state_of_a_certificate_at_a_moment(reason, moment, state):
    certificate = replace(CERTIFICATE, revocation=revoked(reason) if reason else None)
    assert certificate.state(moment) is state


@pytest.mark.parametrize(
    ("moment", "inside"),
    [
        (NOW - DAY, True),
        (NOW + DAY, True),
        (NOW - DAY - timedelta(seconds=1), False),
        (NOW + DAY + timedelta(seconds=1), False),
    ],
)
def test_both_ends_of_a_validity_count(moment, inside):
    assert VALIDITY.contains(moment) is inside


@pytest.mark.parametrize(("serial", "text"), [(1, "01"), (0xABC, "0abc"), (0x80FF, "80ff")])
def test_serial_numbers_are_lower_case_hex_of_whole_octets(serial, text):
    assert format_serial(serial) == text
