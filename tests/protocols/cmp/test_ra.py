"""A registration authority enrolls devices by CMP: it signs their requests with its own certificate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import pytest

from pki_manager.authority.certificates import profiles
from pki_manager.authority.certificates.enroll import Enroll, enroll
from pki_manager.authority.enrollment.credentials import NewCredential, create_credential, revoke_credential
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.status.revoke import revoke
from pki_manager.domain.certificate import Certificate
from pki_manager.domain.duration import Duration
from pki_manager.domain.errors import Conflict, InvalidInput
from pki_manager.domain.revocation import RevocationReason
from pki_manager.domain.rights.actor import EnrollmentProtocol
from pki_manager.x509 import parse
from pki_manager.x509.cmp.identifiers import FailureInfo
from pki_manager.x509.cmp.ra import CMC_RA
from tests.protocols.cmp.client import CmpClient, Endpoint, new_client, new_key, signature, unique
from tests.protocols.cmp.test_enroll import count_certificates, stored
from tests.protocols.cmp.test_update import rr
from tests.support import cmp_messages as cmp
from tests.support.csrs import make_csr
from tests.support.factories import ADMIN

RA_VERIFIED = b"\x80\x00"
PROFILE: Mapping[str, object] = {
    "kind": "end-entity",
    "description": "",
    "key_types": ["ECDSA-P256"],
    "subject": {"attributes": ["CN"], "common_name": "from-sans"},
    "sans": {"kinds": ["DNS"], "minimum": 1},
    "validity": {"default": "P30D", "maximum": "P90D"},
    "key_usage": ["digitalSignature"],
    "extended_key_usage": [CMC_RA],
}


@dataclass
class Ra:
    """An RA with its certificate, and the credential that names it. `client` sends its messages."""

    client: CmpClient
    certificate: Certificate
    credential: NewCredential
    token_id: Any
    signature: cmp.Signature

    def request(self, body: bytes, kind: int = cmp.IR, **changes: Any) -> cmp.Request:
        sender = parse.parse_certificate(self.certificate.der).subject_der
        return self.client.request(kind, body, protection=self.signature, sender=sender, **changes)

    def enroll(self, name: str, proof: bytes | None = None, **changes: Any) -> cmp.Response:
        """An ir for a new key of a device."""
        key = new_key()
        template = cmp.template(subject=name, sans=(name,), key=key)
        return self.client.send(self.request(cmp.certificate_request(template, key, proof=proof), **changes))


def ra_certificate(ctx: Context, key: Any, extended_key_usage: str = CMC_RA) -> Certificate:
    """An end-entity certificate for the key of an RA."""
    name = f"ra-{unique()}"
    body = {**PROFILE, "name": name.replace(".", "-"), "extended_key_usage": [extended_key_usage]}
    profile = profiles.create(ctx, ADMIN, body)[0]
    return enroll(ctx, ADMIN, Enroll(ca="Issuing CA", profile=profile.name, csr=make_csr(name, key=key)))[0]


def naming(certificate: Certificate, **changes: Any) -> NewCredential:
    default = NewCredential(
        protocol=EnrollmentProtocol.CMP, name="RA", lifetime=Duration.parse("P30D"), ca="Issuing CA",
        profile="tls-server", names=("DNS:example.com",), ra_certificate=certificate.id,
    )  # fmt: skip
    return replace(default, **changes)


@pytest.fixture
def ra(endpoint: Endpoint) -> Ra:
    key = new_key()
    certificate = ra_certificate(endpoint.ctx, key)
    wanted = naming(certificate)
    made = create_credential(endpoint.ctx, ADMIN, wanted)[0]
    assert made.secret is None
    client = new_client(endpoint)
    return Ra(client, certificate, wanted, made.view.credential.token.id, signature(key, certificate.der))


@pytest.mark.parametrize("proof", [None, RA_VERIFIED], ids=["signed", "raVerified"])
def test_an_ra_enrolls_a_device_and_confirms(ra: Ra, proof: bytes | None) -> None:
    name = unique()
    response = ra.enroll(name, proof)
    assert response.kind == "ip", response.failures
    held = stored(ra.client, response.certificate)
    assert [one.value for one in parse.parse_certificate(held.der).sans] == [name]
    assert held.requested_by == f"token:{ra.token_id}"
    assert ra.client.confirm(response).kind == "pkiconf"


def test_a_client_with_a_secret_cannot_claim_that_the_proof_was_verified(client: CmpClient) -> None:
    name = unique()
    body = cmp.certificate_request(cmp.template(subject=name, sans=(name,), key=new_key()), None, proof=RA_VERIFIED)
    before = count_certificates(client)
    assert client.send(client.request(cmp.IR, body)).failures == {FailureInfo.BAD_POP}
    assert count_certificates(client) == before


def test_the_limits_of_the_credential_hold_for_an_ra(ra: Ra) -> None:
    assert ra.enroll(unique()).kind == "ip"  # the first response to an RA makes the certificate that signs it
    before = count_certificates(ra.client)
    assert ra.enroll("device.example.net").kind == "error"
    ra.client.path = "/p/issuing-ca/tls-client"
    assert ra.enroll(unique()).failures == {FailureInfo.BAD_MESSAGE_CHECK}
    assert count_certificates(ra.client) == before


def test_a_credential_that_was_revoked_admits_no_ra(ra: Ra) -> None:
    revoke_credential(ra.client.ctx, ADMIN, ra.token_id)
    assert ra.enroll(unique()).failures == {FailureInfo.BAD_MESSAGE_CHECK}


def test_an_ra_whose_certificate_was_revoked_enrolls_nothing(ra: Ra) -> None:
    revoke(ra.client.ctx, ADMIN, ra.certificate.id, RevocationReason.SUPERSEDED)
    assert ra.enroll(unique()).failures == {FailureInfo.BAD_MESSAGE_CHECK}


def test_an_ra_certificate_that_no_credential_names_enrolls_nothing(ra: Ra) -> None:
    key = new_key()
    other = ra_certificate(ra.client.ctx, key)
    stranger = replace(ra, certificate=other, signature=signature(key, other.der))
    assert stranger.enroll(unique()).failures == {FailureInfo.BAD_MESSAGE_CHECK}
    forged = replace(ra, signature=replace(ra.signature, key=key))
    assert forged.enroll(unique()).failures == {FailureInfo.BAD_MESSAGE_CHECK}


def test_an_ra_revokes_what_its_credential_requested_and_nothing_else(ra: Ra, client: CmpClient) -> None:
    own, others = ra.enroll(unique()).certificate, client.enroll().certificate
    assert rr(ra.client, others, ra.signature).kind == "error"
    assert rr(ra.client, ra.certificate.der, ra.signature).kind == "error"
    assert rr(ra.client, own, ra.signature).kind == "rp"
    assert stored(ra.client, own).revocation is not None
    assert stored(ra.client, others).revocation is None


def test_an_ra_updates_no_certificate(ra: Ra) -> None:
    request = replace(ra.client.update(ra.signature, new_key()), kind=cmp.KUR)
    assert ra.client.send(request).failures == {FailureInfo.WRONG_INTEGRITY}


def test_a_credential_names_a_valid_certificate_of_an_ra_for_cmp_and_no_other(ra: Ra) -> None:
    ctx = ra.client.ctx
    create = partial(create_credential, ctx, ADMIN)
    without = ra_certificate(ctx, new_key(), "1.3.6.1.5.5.7.3.1")
    revoked = ra_certificate(ctx, new_key())
    revoke(ctx, ADMIN, revoked.id, RevocationReason.SUPERSEDED)
    for certificate in (without, revoked):
        with pytest.raises(InvalidInput, match="must be a valid end-entity certificate with the extended key usage"):
            create(naming(certificate))
    with pytest.raises(InvalidInput, match="can be set for CMP only"):
        create(naming(ra.certificate, protocol=EnrollmentProtocol.EST))
    with pytest.raises(Conflict, match="already has this RA certificate"):
        create(ra.credential)
    revoke_credential(ctx, ADMIN, ra.token_id)
    assert create(ra.credential)[0].view.credential.ra_certificate_id == ra.certificate.id
