"""EST `/serverkeygen` (RFC 7030 §4.4) in process: the key, its encryption, approval, and refusals."""

from __future__ import annotations

import base64
import email
import email.policy
import json
import logging
from dataclasses import dataclass, replace
from email.message import EmailMessage
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_private_key,
    pkcs7,
)
from cryptography.hazmat.primitives.serialization.pkcs7 import pkcs7_decrypt_der

from pki_manager.authority.enrollment.credentials import IssuedCredential, revoke_credential
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.requests.approvals import approve
from pki_manager.authority.requests.requests import RequestQuery, get_approval_id, list_requests
from pki_manager.authority.status.revoke import revoke
from pki_manager.domain.errors import InvalidInput
from pki_manager.domain.revocation import RevocationReason
from pki_manager.domain.rights.actor import EnrollmentProtocol, Role
from pki_manager.ports.audit_trail import AuditFilter
from pki_manager.ports.certificates import CertificateFilter
from pki_manager.x509.asn1 import der
from pki_manager.x509.cms.content import SIGNED_DATA, write_content
from tests.protocols.est.test_est import LABEL, Door, csr_of
from tests.protocols.rest.door import Reply
from tests.support.csrs import add_attributes
from tests.support.enrolling import credential
from tests.support.factories import ADMIN
from tests.support.issuing import actions
from tests.support.scep_messages import client_key

CAPABILITIES, DECRYPT_KEY_ID = "1.2.840.113549.1.9.15", "1.2.840.113549.1.9.16.2.37"
ASYMMETRIC_DECRYPT_KEY_ID = "1.2.840.113549.1.9.16.2.54"
AES_128, TRIPLE_DES = "2.16.840.1.101.3.4.1.2", "1.2.840.113549.3.7"
KEY_PACKAGE = "2.16.840.1.101.2.1.2.78.5"


@dataclass(frozen=True)
class Made:
    """The parts of a response: the type and the octets of the key, and the certificate."""

    key_type: str
    key: bytes
    certificate: x509.Certificate


@pytest.fixture
def door(ctx: Context) -> Door:
    return Door(ctx)


def allowed(ctx: Context, **members: object) -> IssuedCredential:
    return credential(ctx, EnrollmentProtocol.EST, server_keys=True, **members)


def generate(door: Door, csr: bytes, label: str = f"/{LABEL}", **options: Any) -> Reply:
    return door.send("POST", f"{label}/serverkeygen", base64.b64encode(csr), **options)


def read(reply: Reply) -> Made:
    assert reply.status == 200, reply.body
    head = f"Content-Type: {reply.headers['content-type']}\r\n\r\n".encode()
    message = email.message_from_bytes(head + reply.body, policy=email.policy.HTTP)
    key, certificate = message.iter_parts()
    assert isinstance(key, EmailMessage)
    assert isinstance(certificate, EmailMessage)
    (found,) = pkcs7.load_der_pkcs7_certificates(certificate.get_content())
    assert b"\r\nContent-Type: application/pkcs7-mime; smime-type=certs-only\r\n" in reply.body
    return Made(str(key["Content-Type"]).replace('"', ""), key.get_content(), found)


def spki(key: Any) -> bytes:
    found: bytes = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return found


def csr_with(attributes: dict[str, bytes]) -> bytes:
    return add_attributes(csr_of(), attributes)


def octets(value: bytes) -> bytes:
    return der.encode(der.OCTET_STRING, value)


def capabilities(*oids: str) -> bytes:
    return der.encode_sequence(*(der.encode_sequence(der.oid(oid)) for oid in oids))


@pytest.mark.parametrize("label", ["", f"/{LABEL}"])
def test_a_client_gets_a_key_and_its_certificate(door: Door, label: str) -> None:
    reply = generate(door, csr_of(), label, by=allowed(door.ctx))
    assert reply.headers["content-type"].startswith("multipart/mixed; boundary=")
    assert reply.headers["cache-control"] == "no-store"
    made = read(reply)
    private = load_der_private_key(made.key, None)
    assert isinstance(private, rsa.RSAPrivateKey)  # the first key type of the profile
    assert (made.key_type, private.key_size) == ("application/pkcs8", 2048)
    assert spki(private.public_key()) == spki(made.certificate.public_key())
    assert made.certificate.subject.rfc4514_string() == "CN=www.example.com"
    assert door.send("POST", f"/{LABEL}/serverkeygen", by=None).status == 401


def test_the_key_and_the_signature_of_the_request_are_ignored(door: Door) -> None:
    weak = rsa.generate_private_key(65537, 1024)
    broken = csr_of(key=weak)[:-1] + b"\0"
    made = read(generate(door, broken, by=allowed(door.ctx)))
    assert spki(made.certificate.public_key()) != spki(weak.public_key())
    assert door.enroll(broken, by=allowed(door.ctx)).status in (400, 403)


def test_a_credential_without_the_switch_gets_no_key(door: Door) -> None:
    before = actions(door.ctx).count("certificate.issued")
    reply = generate(door, csr_of(), by=credential(door.ctx))
    assert (reply.status, b"certificate:export-key" in reply.body) == (403, True)
    assert actions(door.ctx)[0] == "access.denied"
    assert actions(door.ctx).count("certificate.issued") == before


def test_the_switch_is_for_est_and_roles_that_may_export_keys(ctx: Context) -> None:
    for protocol in set(EnrollmentProtocol) - {EnrollmentProtocol.EST}:
        with pytest.raises(InvalidInput, match="EST only"):
            credential(ctx, protocol, server_keys=True)
    issued = allowed(ctx)
    assert issued.view.credential.server_keys
    assert not credential(ctx).view.credential.server_keys


def test_the_generation_of_a_key_has_an_audit_event_without_the_key(
    door: Door, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    issued = allowed(door.ctx)
    made = read(generate(door, csr_of(), by=issued))
    private = load_der_private_key(made.key, None)
    assert isinstance(private, rsa.RSAPrivateKey)
    secrets = (made.key, private.private_numbers().p.to_bytes(128, "big"))
    with door.ctx.ports.storage.read() as reader:
        events = reader.audit.page(AuditFilter(), None, 200).items
    (event,) = [json.loads(one.body) for one in events if b'"credential.key_generated"' in one.body]
    assert event["object"]["id"] == str(issued.view.credential.token.id)
    assert (event["details"]["key_type"], event["details"]["encrypted_to"]) == ("RSA-2048", None)
    for secret in secrets:
        for form in (secret, secret.hex().encode(), base64.b64encode(secret)):
            assert not any(form in one.body for one in events)
            assert form.decode("latin-1") not in caplog.text


def test_a_repeated_request_gets_another_key_and_certificate(door: Door) -> None:
    issued, csr = allowed(door.ctx), csr_of()
    first, second = (read(generate(door, csr, by=issued)) for _ in range(2))
    assert first.key != second.key
    assert first.certificate.serial_number != second.certificate.serial_number


def test_a_request_that_waits_has_no_key_and_gets_it_after_the_approval(door: Door) -> None:
    issued, csr = allowed(door.ctx, role=Role.REQUESTER), csr_of()
    for _ in range(2):
        reply = generate(door, csr, by=issued)
        assert (reply.status, reply.headers["retry-after"]) == (202, "30")
    (request,) = list_requests(door.ctx, ADMIN, RequestQuery(), None, 10).items
    assert (request.request.application.key_type, request.request.application.csr_der) == ("RSA-2048", None)
    for number in range(2):
        approval_id = get_approval_id(door.ctx, ADMIN, request.request.enrolment.id)
        with door.ctx.ports.storage.read() as reader:
            approval = reader.approvals.get(approval_id)
        approve(door.ctx, replace(ADMIN, id=f"local:approver-{number}"), approval_id, approval.sha256)
    made = read(generate(door, csr, by=issued))
    assert spki(load_der_private_key(made.key, None).public_key()) == spki(made.certificate.public_key())
    assert generate(door, csr, by=issued).status == 202  # another key needs another approval


def test_a_revoked_credential_gets_no_key_for_an_approved_request(door: Door) -> None:
    issued, csr = allowed(door.ctx, role=Role.REQUESTER), csr_of()
    assert generate(door, csr, by=issued).status == 202
    revoke_credential(door.ctx, ADMIN, issued.view.credential.token.id)
    assert generate(door, csr, by=issued).status == 401


class Recipient:
    """A client with an RSA certificate from here, to which its keys can be encrypted."""

    def __init__(self, door: Door, issued: IssuedCredential) -> None:
        self.key = client_key(3)
        reply = door.enroll(csr_of(key=self.key), by=issued)
        (self.certificate,) = pkcs7.load_der_pkcs7_certificates(base64.b64decode(reply.body))
        self.der = self.certificate.public_bytes(Encoding.DER)
        self.identifier = self.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest

    def decrypt(self, enveloped: bytes) -> bytes:
        return pkcs7_decrypt_der(enveloped, self.certificate, self.key, [])


@pytest.mark.parametrize("offered", [(), (AES_128,), (TRIPLE_DES, AES_128)])
def test_a_key_is_encrypted_to_the_client_certificate_that_the_request_names(
    door: Door, offered: tuple[str, ...]
) -> None:
    issued = allowed(door.ctx)
    client = Recipient(door, issued)
    attributes = {ASYMMETRIC_DECRYPT_KEY_ID: octets(client.identifier)}
    if offered:
        attributes[CAPABILITIES] = capabilities(*offered)
    made = read(generate(door, csr_with(attributes), by=issued, certificate=client.der))
    assert made.key_type == "application/pkcs7-mime; smime-type=server-generated-key"
    assert (der.oid(AES_128) in made.key) is bool(offered)
    assert der.oid(SIGNED_DATA) in made.key
    signed_data = client.decrypt(made.key)
    (ra,) = pkcs7.load_der_pkcs7_certificates(write_content(SIGNED_DATA, signed_data))
    _, _, inner, *_ = der.read_children(signed_data)
    content_type, explicit = der.read_children(inner)
    assert der.read_oid(content_type) == KEY_PACKAGE
    package = der.read_content(der.read_children(explicit)[0])
    (one,) = der.read_children(package)
    assert spki(load_der_private_key(one, None).public_key()) == spki(made.certificate.public_key())
    assert "RA" in ra.subject.rfc4514_string()
    body = actions(door.ctx)
    assert body[0] == "credential.key_generated"


@pytest.mark.parametrize(
    "attributes",
    [
        {ASYMMETRIC_DECRYPT_KEY_ID: octets(b"unknown")},
        {DECRYPT_KEY_ID: octets(b"a symmetric key")},
        {CAPABILITIES: capabilities(AES_128)},
        {ASYMMETRIC_DECRYPT_KEY_ID: der.integer(1)},
        {ASYMMETRIC_DECRYPT_KEY_ID: b"own", CAPABILITIES: capabilities(TRIPLE_DES)},
        {ASYMMETRIC_DECRYPT_KEY_ID: b"own", CAPABILITIES: der.encode_sequence(der.encode_sequence())},
        {ASYMMETRIC_DECRYPT_KEY_ID: b"own", DECRYPT_KEY_ID: octets(b"a symmetric key")},
    ],
)
def test_a_key_is_never_returned_without_the_encryption_that_was_requested(
    door: Door, attributes: dict[str, bytes]
) -> None:
    issued = allowed(door.ctx)
    client = Recipient(door, issued)
    before = actions(door.ctx).count("certificate.issued")
    named = {oid: octets(client.identifier) if value == b"own" else value for oid, value in attributes.items()}
    reply = generate(door, csr_with(named), by=issued, certificate=client.der)
    assert reply.status == 400
    assert any(rule in reply.body for rule in (b"[est.", b"[csr.key_protection]")), reply.body
    assert actions(door.ctx).count("certificate.issued") == before


def test_a_key_is_encrypted_only_to_a_valid_certificate_that_is_presented(door: Door) -> None:
    issued = allowed(door.ctx)
    client = Recipient(door, issued)
    csr = csr_with({ASYMMETRIC_DECRYPT_KEY_ID: octets(client.identifier)})
    assert generate(door, csr, by=issued).status == 400
    assert generate(door, csr, by=issued, certificate=client.der[:-1] + b"\0").status == 401
    with door.ctx.ports.storage.read() as reader:
        (certificate_id,) = reader.certificates.find_ids_by_serials([client.certificate.serial_number])
    revoke(door.ctx, ADMIN, certificate_id, RevocationReason.SUPERSEDED)
    assert generate(door, csr, by=issued, certificate=client.der).status == 401


def test_a_key_is_not_encrypted_to_an_elliptic_curve_certificate(door: Door) -> None:
    issued = allowed(door.ctx)
    reply = door.enroll(csr_of(key=ec.generate_private_key(ec.SECP256R1())), by=issued)
    (certificate,) = pkcs7.load_der_pkcs7_certificates(base64.b64decode(reply.body))
    named = certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    csr = csr_with({ASYMMETRIC_DECRYPT_KEY_ID: octets(named)})
    refused = generate(door, csr, by=issued, certificate=certificate.public_bytes(Encoding.DER))
    assert (refused.status, b"RSA" in refused.body) == (400, True)


def test_extensions_of_the_request_are_decided_as_for_simpleenroll(door: Door) -> None:
    key, names = client_key(0), [x509.DNSName("www.example.com")]
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
    builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    builder = builder.add_extension(x509.OCSPNoCheck(), critical=False)
    csr = builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)
    issued = allowed(door.ctx)
    assert generate(door, csr, by=issued).status == door.enroll(csr, by=issued).status == 200
    with door.ctx.ports.storage.read() as reader:
        stored = reader.certificates.page(CertificateFilter(profile="tls-server"), door.ctx.ports.clock.now(), None, 9)
    (first, second) = stored.items
    assert first.ignored_extensions == second.ignored_extensions != ()


@pytest.mark.parametrize("body", [b"\x30\x03\x02\x01\x00", b"\x30\x00", b"\x30\x80\x00\x00"])
def test_other_content_is_refused_with_text(door: Door, body: bytes) -> None:
    assert generate(door, body, by=allowed(door.ctx)).status == 400


def test_names_of_other_kinds_are_refused(door: Door) -> None:
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
    names = x509.SubjectAlternativeName([x509.RegisteredID(x509.ObjectIdentifier("1.2.3"))])
    csr = builder.add_extension(names, critical=False).sign(client_key(0), hashes.SHA256()).public_bytes(Encoding.DER)
    reply = generate(door, csr, by=allowed(door.ctx))
    assert (reply.status, b"san.kind" in reply.body) == (400, True)
