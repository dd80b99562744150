"""When a CA expires."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from pki_manager.domain.ca import CaState, CertificateAuthority
from pki_manager.domain.certificate import Validity
from pki_manager.domain.names import DistinguishedName, NameConstraints

NOW = datetime(2026, 3, 1, tzinfo=UTC)


DAY = timedelta(days=1)


ID = UUID(int=1)


VALIDITY = Validity(NOW - DAY, NOW + DAY)


CA = CertificateAuthority(
    id=ID,
    name="Root CA",
    subject=DistinguishedName(),
    subject_der=b"",
    parent_id=None,
    state=CaState.ACTIVE,
    path_length=None,
    name_constraints=NameConstraints(),
    validity=VALIDITY,
    created_at=NOW,
    owner_id=None,
    team_id=None,
)


@pytest.mark.parametrize("state", CaState)
def test_a_ca_expires_with_its_certificate_unless_it_is_revoked(state):
    ca = replace(CA, state=state)
    assert ca.state_at(NOW + DAY) is state
    after = state if state in (CaState.REVOKED, CaState.EXTERNAL) else CaState.EXPIRED
    assert ca.state_at(NOW + DAY + timedelta(seconds=1)) is after


def test_a_ca_without_a_certificate_does_not_expire():
    assert replace(CA, state=CaState.PENDING, validity=None).state_at(NOW + 9999 * DAY) is CaState.PENDING
