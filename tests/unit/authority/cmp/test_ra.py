"""Messages that a registration authority signs belong to the credential that names its certificate."""

from __future__ import annotations

import pytest

from pki_manager.authority.certificates import profiles
from pki_manager.authority.certificates.enroll import Enroll, enroll
from pki_manager.authority.cmp.ra import find_ra_client
from pki_manager.authority.enrollment.authenticate import authenticate_ra
from pki_manager.authority.enrollment.credentials import revoke_credential
from pki_manager.authority.kernel.context import Context
from pki_manager.domain.certificate import Certificate
from pki_manager.domain.errors import Unauthenticated
from pki_manager.domain.rights.actor import EnrollmentProtocol
from pki_manager.x509.cmp.ra import CMC_RA, is_ra_certificate
from tests.support.csrs import make_csr
from tests.support.enrolling import ORIGIN, credential
from tests.support.factories import ADMIN
from tests.support.memory.events import refuses

CMP = EnrollmentProtocol.CMP
PROFILE = {
    "name": "cmp-ra-client",
    "kind": "end-entity",
    "description": "",
    "key_types": ["ECDSA-P256"],
    "subject": {"attributes": ["CN"], "common_name": "from-sans"},
    "sans": {"kinds": ["DNS"], "minimum": 1},
    "validity": {"default": "P30D", "maximum": "P90D"},
    "key_usage": ["digitalSignature"],
    "extended_key_usage": [CMC_RA],
}


def issue(ctx: Context, profile: str) -> Certificate:
    return enroll(ctx, ADMIN, Enroll(ca="Issuing CA", profile=profile, csr=make_csr("ra.example.com")))[0]


@pytest.fixture
def certificate(ctx: Context) -> Certificate:
    profiles.create(ctx, ADMIN, PROFILE)
    return issue(ctx, "cmp-ra-client")


def test_an_ra_acts_as_the_credential_that_names_its_certificate(ctx: Context, certificate: Certificate) -> None:
    assert find_ra_client(ctx, certificate, "issuing-ca", "tls-server", ORIGIN) is None
    made = credential(ctx, CMP, ra_certificate=certificate.id).view.credential
    found = find_ra_client(ctx, certificate, "issuing-ca", "tls-server", ORIGIN)
    assert found is not None
    assert found.credential.token.id == made.token.id
    for part, profile in (("other-ca", "tls-server"), ("issuing-ca", "tls-client")):
        assert find_ra_client(ctx, certificate, part, profile, ORIGIN) is None
    revoke_credential(ctx, ADMIN, made.token.id)
    assert find_ra_client(ctx, certificate, "issuing-ca", "tls-server", ORIGIN) is None
    with refuses(ctx, Unauthenticated, "not valid"):
        authenticate_ra(ctx, CMP, made.token.id, certificate, ORIGIN)


def test_a_certificate_of_another_purpose_is_not_one_of_an_ra(ctx: Context, certificate: Certificate) -> None:
    other = issue(ctx, "tls-server")
    assert (is_ra_certificate(certificate.der), is_ra_certificate(other.der)) == (True, False)
    made = credential(ctx, CMP, ra_certificate=certificate.id).view.credential
    assert find_ra_client(ctx, other, "issuing-ca", "tls-server", ORIGIN) is None
    with refuses(ctx, Unauthenticated, "not valid"):
        authenticate_ra(ctx, CMP, made.token.id, other, ORIGIN)
    assert authenticate_ra(ctx, CMP, made.token.id, certificate, ORIGIN).credential.token.id == made.token.id
