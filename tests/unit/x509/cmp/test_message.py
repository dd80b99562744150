"""Reading CMP messages and their protection."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from pki_manager.domain.errors import InvalidInput, Malformed, TooLarge
from pki_manager.domain.names import AlternativeName, NameKind
from pki_manager.domain.revocation import RevocationReason
from pki_manager.x509.asn1 import der
from pki_manager.x509.cmp import bodies, mac, message, template
from pki_manager.x509.cmp.identifiers import BodyType
from tests.support import cmp_messages as cmp

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
SECRET = cmp.Secret(reference=b"reference", secret=b"a secret of some length")
KEY = ec.generate_private_key(ec.SECP256R1())
TEMPLATE = cmp.template(subject="dev1", sans=("dev1.example.com",), key=KEY)


def make_request(**changes: object) -> cmp.Request:
    made = cmp.Request(kind=cmp.IR, body=cmp.certificate_request(TEMPLATE, KEY), time=NOW, protection=SECRET)
    return replace(made, **changes)


def rule_of(error: InvalidInput) -> str:
    return error.errors[0].rule


def test_a_message_is_read_with_its_header() -> None:
    sent = make_request(implicit_confirm=True)
    read = message.read_message(sent.encode())
    assert (read.kind, read.header.version, read.header.message_time) == (BodyType.IR, 2, NOW)
    assert (read.header.transaction_id, read.header.sender_nonce) == (sent.transaction_id, sent.nonce)
    assert (read.header.sender_key_id, read.header.implicit_confirm) == (b"reference", True)


@pytest.mark.parametrize("kind", [cmp.PBM, cmp.PBMAC1])
@pytest.mark.parametrize("hmac", [cmp.HMAC_SHA256, cmp.HMAC_SHA1])
def test_a_mac_is_right_for_its_own_secret_and_message_alone(kind: str, hmac: str) -> None:
    read = message.read_message(make_request(protection=replace(SECRET, kind=kind, mac=hmac)).encode())
    algorithm = mac.read_mac(read.header.protection_algorithm or b"")
    assert algorithm is not None
    assert read.protection is not None
    assert algorithm.is_right(SECRET.secret, read.protected_part, read.protection)
    assert not algorithm.is_right(b"another secret", read.protected_part, read.protection)
    assert not algorithm.is_right(SECRET.secret, read.protected_part + b"\0", read.protection)


@pytest.mark.parametrize("kind", [cmp.PBM, cmp.PBMAC1])
@pytest.mark.parametrize("iterations", [1, 99, 200_001, 10**30])
def test_iterations_outside_the_limits_are_refused_before_any_key_is_derived(kind: str, iterations: int) -> None:
    with pytest.raises(InvalidInput) as refused:
        mac.read_mac(replace(SECRET, kind=kind, iterations=iterations).identifier())
    assert rule_of(refused.value) == mac.BAD_MAC


@pytest.mark.parametrize("changes", [{"owf": "1.3.14.3.2.26"}, {"mac": "1.2.840.113549.2.5"}, {"salt": b"short"}])
def test_weak_parts_of_a_mac_are_refused(changes: dict[str, object]) -> None:
    with pytest.raises(Malformed, match=r"is not supported here; use SHA-256|the salt must have 8 to 64 octets"):
        mac.read_mac(replace(SECRET, **changes).identifier())


def test_a_signature_algorithm_is_not_a_mac() -> None:
    assert mac.read_mac(cmp.algorithm(cmp.ECDSA_SHA256, b"")) is None


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"version": 1}, message.UNSUPPORTED_VERSION),
        ({"version": 4}, message.UNSUPPORTED_VERSION),
        ({"kind": 9}, message.UNSUPPORTED_BODY),
        ({"kind": 20}, message.UNSUPPORTED_BODY),
        ({"transaction_id": b"x" * 65}, "cmp.form"),
        ({"nonce": b"x" * 65}, "cmp.form"),
        ({"sender": cmp.name("x") + b"\0"}, "der.length"),
    ],
)
def test_a_message_that_cannot_be_meant_is_refused_with_its_rule(changes: dict[str, object], rule: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        message.read_message(make_request(**changes).encode())
    assert rule_of(refused.value) == rule


def test_more_than_the_limit_is_not_read() -> None:
    with pytest.raises(TooLarge, match="message: is 131073 octets long; at most 131072 are read"):
        message.read_message(b"\x30" * (message.MAX_OCTETS + 1))
    with pytest.raises(TooLarge, match="message: has more than 20 extraCerts"):
        message.read_message(make_request(extra_certs=(b"\x30\x00",) * 21).encode())


def test_bytes_after_a_message_are_refused() -> None:
    with pytest.raises(Malformed, match="message: has bytes after the end of the DER element"):
        message.read_message(make_request().encode() + b"\0")


def read_request(body: bytes) -> template.TemplateRequest:
    return bodies.read_certificate_request(body)


def test_a_template_is_read_with_its_names_and_its_proof_of_possession() -> None:
    request = read_request(cmp.certificate_request(TEMPLATE, KEY, number=7))
    assert (request.id, str(request.template.subject)) == (7, "CN=dev1")
    assert request.template.sans == (AlternativeName.of(NameKind.DNS, "dev1.example.com"),)
    assert request.require_possession() == cmp.spki(KEY)


def test_the_dates_and_other_extensions_of_a_template_are_read() -> None:
    until = datetime(2027, 1, 1, tzinfo=UTC)
    usage = der.encode_sequence(der.oid("2.5.29.15"), cmp.octets(b"\x03\x02\x07\x80"))
    wanted = cmp.template(subject="a", key=KEY, validity=der.encode(0xA1, cmp.time(until)), extensions=(usage,))
    template = read_request(cmp.certificate_request(wanted, KEY)).template
    assert (template.validity.not_before, template.validity.not_after) == (None, until)
    assert [oid for oid, _ in template.extensions] == ["2.5.29.15"]


def test_an_old_certificate_is_named_by_issuer_and_serial_number() -> None:
    controls = cmp.old_certificate(cmp.name("CA"), 4711)
    request = read_request(cmp.certificate_request(TEMPLATE, KEY, controls=controls))
    assert request.old_certificate == template.CertificateName(cmp.name("CA"), 4711)


OTHER = ec.generate_private_key(ec.SECP256R1())
SIGNED_ELSE = cmp.certificate_request(TEMPLATE, OTHER)
WITH_INPUT = der.encode(0xA1, der.encode(0xA0, b""), cmp.algorithm(cmp.ECDSA_SHA256, b""), der.bit_string(b"x"))
UNKNOWN = der.encode(0xA1, cmp.algorithm("1.2.3.4"), der.bit_string(b"x"))


@pytest.mark.parametrize(
    "body",
    [
        SIGNED_ELSE,
        cmp.certificate_request(TEMPLATE, None),
        *(cmp.certificate_request(TEMPLATE, None, proof=one) for one in (b"\x80\x00", WITH_INPUT, UNKNOWN)),
    ],
)
def test_a_key_without_a_proof_of_possession_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_request(body).require_possession()
    assert rule_of(refused.value) == "cmp.pop"


def test_a_template_without_a_key_is_refused() -> None:
    with pytest.raises(InvalidInput) as refused:
        read_request(cmp.certificate_request(cmp.template(subject="a"), KEY)).require_possession()
    assert rule_of(refused.value) == "cmp.template"


def test_two_requests_in_one_message_are_refused() -> None:
    one = der.read_content(cmp.certificate_request(TEMPLATE, KEY))
    with pytest.raises(TooLarge, match="contains several elements"):
        read_request(der.encode_sequence(one, one))


def test_a_confirmation_says_whether_the_client_accepts() -> None:
    accepted = bodies.read_confirmation(cmp.confirmation(b"certificate"))
    rejected = bodies.read_confirmation(cmp.confirmation(b"certificate", status=2))
    assert accepted is not None
    assert accepted.is_accepted
    assert rejected is not None
    assert not rejected.is_accepted
    assert bodies.read_confirmation(der.encode_sequence()) is None


def test_a_revocation_names_its_certificate_and_reason() -> None:
    read = bodies.read_revocation(cmp.revocation(cmp.name("CA"), 17, reason=1))
    assert (read.certificate.serial, read.reason) == (17, RevocationReason.KEY_COMPROMISE)
    assert bodies.read_revocation(cmp.revocation(cmp.name("CA"), 17)).reason is RevocationReason.UNSPECIFIED


@pytest.mark.parametrize("code", [7, 8, 99])
def test_a_reason_that_does_not_revoke_is_refused(code: int) -> None:
    with pytest.raises(Malformed, match="reasonCode is not a CRLReason"):
        bodies.read_revocation(cmp.revocation(cmp.name("CA"), 17, reason=code))
