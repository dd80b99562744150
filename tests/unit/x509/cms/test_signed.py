"""SignedData: what is accepted as signed, and what the product signs."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.serialization import Encoding
from pyasn1.type import char, univ

from pki_manager.domain.errors import InvalidInput, Malformed
from pki_manager.domain.protocols.scep import FailInfo, MessageType, PkiStatus
from pki_manager.x509 import scep
from pki_manager.x509.cms import signed
from pki_manager.x509.cms.content import IssuerAndSerial
from tests.support import scep_messages
from tests.support.scep_messages import Message, client_key, read_answer, self_signed


def _message(**changes: object) -> Message:
    values: dict[str, object] = {
        "content": b"inner",
        "message_type": "19",
        "key": client_key(),
        "certificate": self_signed(client_key()),
    }
    return Message(**(values | changes))


def _rule(data: bytes) -> str:
    with pytest.raises(InvalidInput) as caught:
        scep.read_request(data)
    return caught.value.errors[0].rule


def test_a_message_that_its_key_has_signed_is_read() -> None:
    request = scep.read_request(_message().encoded())
    assert request.kind is MessageType.PKCS_REQ
    assert request.transaction_id == "transaction-1"
    assert request.sender_nonce == scep_messages.NONCE
    assert request.signed.content == b"inner"
    assert request.signed.certificate_der == self_signed(client_key()).public_bytes(Encoding.DER)


@pytest.mark.parametrize("name", ["sha1", "sha256", "sha512"])
def test_the_hash_of_the_signature_is_a_fact(name: str) -> None:
    assert scep.read_request(_message(hash_name=name).encoded()).signed.hash_name == name


def test_enr_07_md5_is_not_read() -> None:
    assert _rule(_message(hash_name="md5").encoded()) == "cms.hash"


def test_a_signature_by_another_key_is_refused() -> None:
    assert _rule(_message(key=client_key(1)).encoded()) == "cms.signature"


def test_content_that_was_changed_is_refused() -> None:
    data = _message().encoded()
    assert _rule(data.replace(b"inner", b"INNER")) == "cms.signature"


def test_attributes_that_were_changed_are_refused() -> None:
    assert _rule(_message().encoded().replace(b"transaction-1", b"transaction-2")) == "cms.signature"


@pytest.mark.parametrize("oid", [scep_messages.MESSAGE_TYPE, scep_messages.TRANSACTION_ID, scep_messages.SENDER_NONCE])
def test_a_message_without_one_of_the_attributes_of_scep_is_malformed(oid: str) -> None:
    assert _rule(_message(changes={oid: None}).encoded()) == "scep.attributes"


@pytest.mark.parametrize(
    ("oid", "value", "rule"),
    [
        (scep_messages.TRANSACTION_ID, char.PrintableString("a" * 256), "scep.attributes"),
        (scep_messages.TRANSACTION_ID, char.UTF8String("é"), "scep.attributes"),
        (scep_messages.MESSAGE_TYPE, char.PrintableString("PKCS"), "scep.attributes"),
        (scep_messages.MESSAGE_TYPE, char.PrintableString("x9"), "scep.message_type"),
        (scep_messages.SENDER_NONCE, univ.OctetString(b"short"), "scep.nonce"),
        (scep_messages.SENDER_NONCE, univ.OctetString(bytes(65)), "scep.nonce"),
    ],
)
def test_attributes_have_their_form_and_limits(oid: str, value: univ.Any, rule: str) -> None:
    assert _rule(_message(changes={oid: value}).encoded()) == rule


def test_a_message_type_that_does_not_exist_is_read_as_such() -> None:
    assert scep.read_request(_message(message_type="41").encoded()).kind is None


def test_a_message_in_ber_is_read(tmp_path: Path) -> None:
    """Bouncy Castle, and so jscep, writes indefinite lengths; OpenSSL does it when it streams."""
    der = _message().encoded()
    body, length = der, len(der)
    assert body[:2] == b"\x30\x82"
    indefinite = b"\x30\x80" + body[4:length] + b"\0\0"
    assert scep.read_request(indefinite).signed.content == b"inner"


@pytest.mark.parametrize("end", [b"", b"\0", b"\0\0\0\0", b"\0\1"])
def test_indefinite_lengths_end_exactly(end: bytes) -> None:
    der = _message().encoded()
    with pytest.raises(Malformed, match=r"ends within an element|a tag that CMS does not use|bytes after the end"):
        scep.read_request(b"\x30\x80" + der[4:] + end)


def test_nesting_and_size_are_bounded() -> None:
    for data in (b"\x30\x80" * 60_000, b"\x24\x80" * 60_000, b"\x30\x84\xff\xff\xff\xff", bytes(200_000)):
        with pytest.raises(Malformed, match=r"reaches past the end|more than 16 levels|is longer than 131072 octets"):
            scep.read_request(data)


def test_a_key_that_is_not_rsa_is_refused() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    template = self_signed(client_key())
    certificate = (
        x509.CertificateBuilder(template.subject, template.subject, key.public_key(), 7)
        .not_valid_before(template.not_valid_before_utc)
        .not_valid_after(template.not_valid_after_utc)
        .sign(key, hashes.SHA256())
    )
    assert _rule(_message(certificate=certificate).encoded()) == "cms.signer_key"


def test_a_response_verifies_and_says_what_it_is() -> None:
    ra = self_signed(client_key(1), "RA")
    rep = scep.CertRep(
        status=PkiStatus.FAILURE,
        transaction_id="t",
        sender_nonce=bytes(16),
        recipient_nonce=scep_messages.NONCE,
        fail_info=FailInfo.BAD_REQUEST,
        text="The challenge is not valid.",
    )
    prepared = signed.prepare_signed(
        b"",
        rep.attributes(),
        IssuerAndSerial(ra.issuer.public_bytes(), ra.serial_number),
        [ra.public_bytes(Encoding.DER)],
    )
    signature = client_key(1).sign(prepared.attributes_der, padding.PKCS1v15(), hashes.SHA256())
    answer = read_answer(signed.build_signed_message(prepared, signature), ra)
    assert (answer.status, answer.fail_info, answer.text) == ("2", "2", "The challenge is not valid.")
    assert answer.attributes[scep_messages.MESSAGE_TYPE] == b"3"
    assert answer.attributes[scep_messages.RECIPIENT_NONCE] == scep_messages.NONCE
    assert answer.content == b""
    assert answer.signature_algorithm == "1.2.840.113549.1.1.1"
