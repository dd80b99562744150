"""Key update and revocation by CMP: signed with a certificate of the installation."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography import x509

from pki_manager.authority.certificates.enroll import Enroll, enroll
from pki_manager.authority.status.revoke import revoke
from pki_manager.domain.revocation import RevocationReason
from pki_manager.domain.rights.actor import Role
from pki_manager.x509 import parse
from pki_manager.x509.cmp.identifiers import FailureInfo
from tests.protocols.cmp.client import CmpClient, Endpoint, new_client, new_key, signature, unique
from tests.protocols.cmp.test_enroll import count_certificates, stored
from tests.protocols.rest.door import House
from tests.support import cmp_messages as cmp
from tests.support.csrs import make_csr
from tests.support.factories import ADMIN


def test_kur_issues_a_certificate_for_another_key_with_the_same_names(client: CmpClient) -> None:
    name = unique()
    old = client.confirmed(new_key(), name)
    key = new_key()
    response = client.send(client.update(old, key))
    assert response.kind == "kup"
    facts = parse.parse_certificate(response.certificate)
    assert (facts.key.spki_der, [one.value for one in facts.sans]) == (cmp.spki(key), [name])
    assert stored(client, response.certificate).renews == stored(client, old.certificate).id
    assert client.confirm(response).kind == "pkiconf"


def test_a_signed_request_gets_a_response_signed_by_a_responder_of_the_ca(client: CmpClient) -> None:
    response = client.send(client.update(client.confirmed(new_key()), new_key()))
    signer, issuing = (x509.load_der_x509_certificate(one) for one in response.extra_certs[:2])
    signer.verify_directly_issued_by(issuing)
    key = signer.public_key()
    assert isinstance(key, cmp.ec.EllipticCurvePublicKey)
    key.verify(response.protection, response.protected_part(), cmp.ec.ECDSA(cmp.hashes.SHA256()))
    assert response.message["header"]["sender"]["directoryName"].hasValue()
    usage = signer.extensions.get_extension_for_class(x509.KeyUsage).value
    purposes = signer.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert usage.digital_signature
    assert [one.dotted_string for one in purposes] == ["1.3.6.1.5.5.7.3.28"]


def test_a_responder_is_issued_once(client: CmpClient) -> None:
    old = client.confirmed(new_key())
    first, second = (client.send(client.update(old, new_key())) for _ in range(2))
    assert first.extra_certs[0] == second.extra_certs[0]


@pytest.mark.parametrize("names", [{"subject": "other.example.com"}, {"sans": ("other.example.com",)}])
def test_kur_with_other_names_is_refused(client: CmpClient, names: dict[str, object]) -> None:
    old = client.confirmed(new_key())
    client.send(client.update(old, new_key()))
    before = count_certificates(client)
    answer = client.send(client.update(old, new_key(), **names))
    assert answer.failures == {FailureInfo.BAD_CERT_TEMPLATE}
    assert count_certificates(client) == before


def test_enr_14_kur_for_the_certificate_of_another_client_is_refused(client: CmpClient) -> None:
    own, others = client.confirmed(new_key()), client.confirmed(new_key())
    request = client.update(others, new_key())
    facts = parse.parse_certificate(own.certificate)
    answer = client.send(replace(request, protection=own, sender=facts.subject_der))
    assert answer.failures == {FailureInfo.BAD_CERT_ID}


def test_enr_04_a_certificate_that_is_not_in_force_updates_nothing(client: CmpClient, house: House) -> None:
    revoked, expired = client.confirmed(new_key()), client.confirmed(new_key())
    revoke(client.ctx, ADMIN, stored(client, revoked.certificate).id, RevocationReason.SUPERSEDED)
    assert client.send(client.update(revoked, new_key())).failures == {FailureInfo.BAD_MESSAGE_CHECK}
    now = house.clock.now()
    house.clock.set(parse.parse_certificate(expired.certificate).validity.not_after + timedelta(seconds=1))
    try:
        assert client.send(client.update(expired, new_key())).failures == {FailureInfo.BAD_MESSAGE_CHECK}
    finally:
        house.clock.set(now)


def test_enr_04_a_look_alike_with_the_same_issuer_and_serial_number_updates_nothing(client: CmpClient) -> None:
    own = x509.load_der_x509_certificate(client.confirmed(new_key()).certificate)
    key = new_key()
    forged = (
        x509.CertificateBuilder()
        .issuer_name(own.issuer)
        .subject_name(own.subject)
        .serial_number(own.serial_number)
        .public_key(key.public_key())
        .not_valid_before(own.not_valid_before_utc)
        .not_valid_after(own.not_valid_after_utc)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, cmp.hashes.SHA256())
        .public_bytes(cmp.Encoding.DER)
    )
    assert client.send(client.update(signature(key, forged), new_key())).failures == {FailureInfo.BAD_MESSAGE_CHECK}


def test_kur_signed_with_another_key_than_the_certificates_is_refused(client: CmpClient) -> None:
    old = client.confirmed(new_key())
    answer = client.send(client.update(replace(old, key=new_key()), new_key()))
    assert answer.failures == {FailureInfo.BAD_MESSAGE_CHECK}


def test_a_certificate_that_was_not_requested_by_cmp_updates_nothing(client: CmpClient) -> None:
    key, name = new_key(), unique()
    issued, _ = enroll(client.ctx, ADMIN, Enroll(ca="Issuing CA", profile="tls-server", csr=make_csr(name, key=key)))
    answer = client.send(client.update(signature(key, issued.der), new_key()))
    assert answer.failures == {FailureInfo.BAD_MESSAGE_CHECK}


def test_a_certificate_needs_the_path_of_its_own_profile(client: CmpClient) -> None:
    old = client.confirmed(new_key())
    client.path = "/p/issuing-ca/tls-client"
    assert client.send(client.update(old, new_key())).failures == {FailureInfo.WRONG_AUTHORITY}


def test_ir_needs_a_secret_and_kur_a_certificate(client: CmpClient) -> None:
    old, key = client.confirmed(new_key()), new_key()
    signed = replace(client.update(old, key), kind=cmp.IR)
    assert client.send(signed).failures == {FailureInfo.WRONG_INTEGRITY}
    by_secret = replace(client.update(old, key), protection=client.secret)
    assert client.send(by_secret).failures == {FailureInfo.WRONG_INTEGRITY}


def rr(client: CmpClient, certificate: bytes, by: cmp.Secret | cmp.Signature, reason: int | None = 4) -> cmp.Response:
    facts = parse.parse_certificate(certificate)
    body = cmp.revocation(facts.issuer_der, facts.serial, reason)
    sender = facts.subject_der if isinstance(by, cmp.Signature) else cmp.name()
    if isinstance(by, cmp.Signature):
        sender = parse.parse_certificate(by.certificate).subject_der
    return client.send(client.request(cmp.RR, body, protection=by, sender=sender))


def test_rr_revokes_the_certificate_that_signs_it(client: CmpClient) -> None:
    own = client.confirmed(new_key())
    response = rr(client, own.certificate, own)
    assert (response.kind, int(response.status["status"])) == ("rp", 0)
    revocation = stored(client, own.certificate).revocation
    assert revocation is not None
    assert revocation.reason is RevocationReason.SUPERSEDED


def test_rr_with_the_secret_revokes_a_certificate_of_the_same_credential(client: CmpClient) -> None:
    own = client.confirmed(new_key())
    assert rr(client, own.certificate, client.secret, None).kind == "rp"
    assert stored(client, own.certificate).revocation is not None


def test_rr_revokes_no_certificate_of_others(client: CmpClient, endpoint: Endpoint) -> None:
    own, second = client.confirmed(new_key()), client.confirmed(new_key())
    other = new_client(endpoint)
    for by, sender in ((second, client), (other.secret, other)):
        answer = rr(sender, own.certificate, by)
        assert answer.failures == {FailureInfo.NOT_AUTHORIZED}
    assert stored(client, own.certificate).revocation is None


def test_a_certificate_that_does_not_exist_is_refused_as_another_clients(client: CmpClient) -> None:
    body = cmp.revocation(cmp.name("Issuing CA"), 4711)
    assert client.send(client.request(cmp.RR, body)).failures == {FailureInfo.NOT_AUTHORIZED}


def test_a_credential_without_the_permission_revokes_nothing(endpoint: Endpoint) -> None:
    client = new_client(endpoint, role=Role.REQUESTER)
    body = cmp.revocation(cmp.name("Issuing CA"), 4711)
    assert client.send(client.request(cmp.RR, body)).failures == {FailureInfo.NOT_AUTHORIZED}


@pytest.mark.parametrize("reason", [6, 9])
def test_a_reason_that_a_client_cannot_give_is_refused(client: CmpClient, reason: int) -> None:
    own = client.confirmed(new_key())
    answer = rr(client, own.certificate, client.secret, reason)
    expected = "error" if reason == 6 else "rp"
    assert answer.kind == expected
