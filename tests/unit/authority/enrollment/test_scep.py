"""SCEP requests, from the message of a client to the encrypted response."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization.pkcs7 import load_der_pkcs7_certificates

from pki_manager.authority.cas.rotate_ca import RotateCa, rotate_ca
from pki_manager.authority.cas.views import show_ca
from pki_manager.authority.enrollment.credentials import revoke_credential
from pki_manager.authority.enrollment.scep import (
    ScepTarget,
    admits_legacy,
    find_target,
    get_response_hash,
    list_ca_certificates,
    respond,
    sign_as_ra,
    sign_next_ca_certificate,
)
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.scep.ra import ensure_ra
from pki_manager.domain.errors import Conflict, InvalidInput, NotFound, Unauthenticated
from pki_manager.domain.protocols.scep import MessageType, PkiStatus
from pki_manager.domain.rights.actor import EnrollmentProtocol
from pki_manager.x509 import scep
from pki_manager.x509.scep import CertRep, ScepRequest
from tests.support.enrolling import ORIGIN, credential
from tests.support.factories import ADMIN
from tests.support.memory.events import refuses
from tests.support.scep_messages import (
    Message,
    client_key,
    csr_with,
    enveloped,
    opened,
    read_answer,
    self_signed,
    tlv_sequence,
)

NAME = "device.example.com"


@pytest.fixture
def target(ctx: Context) -> ScepTarget:
    """`Issuing CA`, which has a registration authority."""
    found = find_target(ctx, "issuing-ca", "tls-server")
    ensure_ra(ctx, found.ca_id)
    return found


def get_ra(ctx: Context, target: ScepTarget) -> x509.Certificate:
    found = load_der_pkcs7_certificates(list_ca_certificates(ctx, target))
    return next(one for one in found if "SCEP RA" in one.subject.rfc4514_string())


def message(
    ctx: Context, target: ScepTarget, content: bytes, kind: MessageType = MessageType.PKCS_REQ, **more: object
) -> ScepRequest:
    key = client_key()
    inner = enveloped(content, get_ra(ctx, target))
    sent = Message(content=inner, message_type=kind.value, key=key, certificate=self_signed(key, NAME))
    return scep.read_request(replace(sent, **more).encoded())


def test_a_path_names_a_ca_and_a_profile(ctx: Context) -> None:
    ca_id = show_ca(ctx, ADMIN, "Issuing CA").ca.id
    assert find_target(ctx, "issuing-ca", "tls-server") == ScepTarget(ca_id, "tls-server")
    for part, profile in (("other-ca", "tls-server"), ("issuing-ca", "other")):
        with refuses(ctx, NotFound, "not found"):
            find_target(ctx, part, profile)


def test_clients_get_the_ra_and_the_chain(ctx: Context) -> None:
    target = find_target(ctx, "issuing-ca", "tls-server")
    with refuses(ctx, Conflict, "no SCEP registration authority"):
        list_ca_certificates(ctx, target)
    issued = ensure_ra(ctx, target.ca_id)
    assert get_ra(ctx, target).serial_number == issued.serial
    listed = load_der_pkcs7_certificates(list_ca_certificates(ctx, target))
    names = {one.subject.rfc4514_string() for one in listed}
    assert (len(listed), names >= {"CN=Root CA", get_ra(ctx, target).issuer.rfc4514_string()}) == (3, True)


def test_the_next_certificate_of_the_ca_is_signed_by_the_ra(ctx: Context, target: ScepTarget) -> None:
    with refuses(ctx, NotFound, "no next certificate"):
        sign_next_ca_certificate(ctx, target)
    rotate_ca(ctx, ADMIN, RotateCa(ca="Issuing CA", switch_at=ctx.ports.clock.now() + timedelta(days=30)))
    answer = read_answer(sign_next_ca_certificate(ctx, target), get_ra(ctx, target))
    (waiting,) = load_der_pkcs7_certificates(answer.content or b"")
    current = show_ca(ctx, ADMIN, "Issuing CA")
    assert waiting.subject.rfc4514_string() == str(current.ca.subject)


def test_a_response_of_the_ra_carries_its_status(ctx: Context, target: ScepTarget) -> None:
    rep = CertRep(status=PkiStatus.PENDING, transaction_id="1", sender_nonce=b"s" * 16, recipient_nonce=b"r" * 16)
    answer = read_answer(sign_as_ra(ctx, target, b"content", rep), get_ra(ctx, target))
    assert (answer.status, answer.content) == (PkiStatus.PENDING.value, b"content")


def test_old_algorithms_are_admitted_for_the_ca_and_the_profile_of_a_credential_that_allows_them(
    ctx: Context, target: ScepTarget
) -> None:
    old = message(ctx, target, b"", hash_name="sha1")
    credential(ctx, EnrollmentProtocol.SCEP)
    assert (admits_legacy(ctx, target), get_response_hash(ctx, target, old)) == (False, "sha256")
    made = credential(ctx, EnrollmentProtocol.SCEP, legacy_algorithms=True)
    assert admits_legacy(ctx, target)
    assert not admits_legacy(ctx, replace(target, profile="tls-client"))
    assert get_response_hash(ctx, target, old) == "sha1"
    assert get_response_hash(ctx, target, message(ctx, target, b"")) == "sha256"
    revoke_credential(ctx, ADMIN, made.view.credential.token.id)
    assert not admits_legacy(ctx, target)


def test_a_challenge_enrolls_a_device_and_a_wrong_one_does_not(ctx: Context, target: ScepTarget) -> None:
    challenge = credential(ctx, EnrollmentProtocol.SCEP).secret
    request = message(ctx, target, csr_with(client_key(), NAME, challenge))
    response = respond(ctx, target, request, ORIGIN)
    plain = opened(response, client_key(), self_signed(client_key(), NAME))
    (issued,) = load_der_pkcs7_certificates(plain)
    assert issued.public_key() == client_key().public_key()
    wrong = message(ctx, target, csr_with(client_key(), NAME, "wrong"), transaction_id="2")
    with pytest.raises(Unauthenticated, match="not valid"):
        respond(ctx, target, wrong, ORIGIN)


def test_content_that_cannot_be_read_is_one_error(ctx: Context, target: ScepTarget) -> None:
    csr = csr_with(client_key(), NAME, "challenge")
    for request in (
        message(ctx, target, b"not a request"),
        message(ctx, target, b"not a poll", MessageType.CERT_POLL),
        message(ctx, target, csr, key=client_key(1), certificate=self_signed(client_key(1), NAME)),
    ):
        with refuses(ctx, InvalidInput, "scep.content"):
            respond(ctx, target, request, ORIGIN)


def test_responses_and_old_algorithms_are_refused(ctx: Context, target: ScepTarget) -> None:
    csr = csr_with(client_key(), NAME, "challenge")
    with refuses(ctx, InvalidInput, "scep.message_type"):
        respond(ctx, target, message(ctx, target, csr, MessageType.CERT_REP), ORIGIN)
    with refuses(ctx, InvalidInput, "scep.algorithm"):
        respond(ctx, target, message(ctx, target, csr, hash_name="sha1"), ORIGIN)


def test_a_poll_for_an_unknown_transaction_is_not_found(ctx: Context, target: ScepTarget) -> None:
    certificate = self_signed(client_key(), NAME)
    content = tlv_sequence(certificate.issuer.public_bytes(), certificate.subject.public_bytes())
    with refuses(ctx, NotFound, "No request with this transactionID"):
        respond(ctx, target, message(ctx, target, content, MessageType.CERT_POLL), ORIGIN)
