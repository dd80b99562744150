"""SCEP messages (RFC 8894 §3): conversion of signed attributes and contents to and from octets."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from pki_manager.domain.errors import Malformed
from pki_manager.domain.protocols.scep import NONCE_OCTETS, FailInfo, MessageType, PkiStatus
from pki_manager.x509.asn1 import ber, der, tlv
from pki_manager.x509.asn1.tlv import DerError
from pki_manager.x509.cms import content
from pki_manager.x509.cms.content import IssuerAndSerial
from pki_manager.x509.cms.signed import SignedMessage, read_signed

_ATTRIBUTES = "2.16.840.1.113733.1.9"
_MESSAGE_TYPE = f"{_ATTRIBUTES}.2"
_PKI_STATUS = f"{_ATTRIBUTES}.3"
_FAIL_INFO = f"{_ATTRIBUTES}.4"
_SENDER_NONCE = f"{_ATTRIBUTES}.5"
_RECIPIENT_NONCE = f"{_ATTRIBUTES}.6"
_TRANSACTION_ID = f"{_ATTRIBUTES}.7"
_FAIL_INFO_TEXT = "1.3.6.1.5.5.7.24.1"
_CHALLENGE_PASSWORD = "1.2.840.113549.1.9.7"

MAX_TRANSACTION_ID = 255
MAX_NONCE = 64
MAX_TEXT = 255
MAX_CHALLENGE = 255
"""Maximum characters of a challengePassword, as in PKCS #9 (RFC 2985 §5.4.1)."""

_STRINGS = (tlv.PRINTABLE_STRING, tlv.UTF8_STRING, tlv.IA5_STRING, tlv.VISIBLE_STRING, tlv.TELETEX_STRING)
_NUMBER = re.compile(r"[0-9]{1,3}", re.ASCII)
_PRINTABLE = re.compile(r"[\x20-\x7e]+", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScepRequest:
    """A client's pkiMessage with a verified signature. `message_type` is its number as text, which can be unknown."""

    signed: SignedMessage
    message_type: str
    transaction_id: str
    sender_nonce: bytes

    @property
    def kind(self) -> MessageType | None:
        """Return the message type, or None for an unknown number."""
        return next((one for one in MessageType if one.value == self.message_type), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class CertRep:
    """The signed attributes of a response (RFC 8894 §3.2). `text` explains a failure."""

    status: PkiStatus
    transaction_id: str
    sender_nonce: bytes
    recipient_nonce: bytes
    fail_info: FailInfo | None = None
    text: str = ""

    def attributes(self) -> Mapping[str, bytes]:
        """Return the signed attributes as DER values by OID."""
        found = {
            _MESSAGE_TYPE: _printable(MessageType.CERT_REP.value),
            _PKI_STATUS: _printable(self.status.value),
            _TRANSACTION_ID: _printable(self.transaction_id),
            _SENDER_NONCE: der.encode(der.OCTET_STRING, self.sender_nonce),
            _RECIPIENT_NONCE: der.encode(der.OCTET_STRING, self.recipient_nonce),
        }
        if self.fail_info is not None:
            found[_FAIL_INFO] = _printable(self.fail_info.value)
        if self.text:
            found[_FAIL_INFO_TEXT] = der.encode(tlv.UTF8_STRING, self.text[:MAX_TEXT].encode(errors="replace"))
        return found


def read_request(data: bytes, field: str = "message") -> ScepRequest:
    """Read a pkiMessage and verify its signature.

    Raises Malformed if SCEP's attributes are missing or invalid. Raises the errors of `read_signed` too.
    """
    signed = read_signed(data, field)
    try:
        number = _text(signed.attributes, _MESSAGE_TYPE, 3, field)
        transaction_id = _text(signed.attributes, _TRANSACTION_ID, MAX_TRANSACTION_ID, field)
        nonce = tlv.read_whole(_required(signed.attributes, _SENDER_NONCE, field), tlv.OCTET_STRING).value
    except DerError as error:
        raise content.build_malformed(field, error) from None
    if not _NUMBER.fullmatch(number):
        raise Malformed.of(field, "scep.message_type", "must have a message type in decimal digits (RFC 8894 §3.2.1.2)")
    if not NONCE_OCTETS <= len(nonce) <= MAX_NONCE:
        raise Malformed.of(field, "scep.nonce", f"must have a senderNonce of {NONCE_OCTETS} octets (RFC 8894 §3.2.1.5)")
    return ScepRequest(signed=signed, message_type=number, transaction_id=transaction_id, sender_nonce=nonce)


def _required(attributes: Mapping[str, bytes], oid: str, field: str) -> bytes:
    if oid not in attributes:
        raise Malformed.of(field, "scep.attributes", f"has no attribute {oid} (RFC 8894 §3.2)")
    return attributes[oid]


def _text(attributes: Mapping[str, bytes], oid: str, longest: int, field: str) -> str:
    raw = _required(attributes, oid, field)
    value = tlv.read(raw, 0, len(raw))
    text = value.value.decode("latin-1")
    if value.tag not in _STRINGS or len(text) > longest or not _PRINTABLE.fullmatch(text):
        message = f"must have at most {longest} printable ASCII characters in attribute {oid} (RFC 8894 §3.2)"
        raise Malformed.of(field, "scep.attributes", message)
    return text


def _printable(text: str) -> bytes:
    return der.encode(tlv.PRINTABLE_STRING, text.encode("ascii"))


def read_issuer_and_serial(data: bytes, field: str = "message") -> IssuerAndSerial:
    """Return the content of GetCert and GetCRL (RFC 8894 §3.3.4, §3.3.5).

    Raises Malformed with `field` if it cannot be read.
    """
    try:
        return content.read_issuer_and_serial(tlv.read_whole(ber.to_der(data, field), tlv.SEQUENCE))
    except DerError as error:
        raise content.build_malformed(field, error) from None


def read_issuer_and_subject(data: bytes, field: str = "message") -> tuple[bytes, bytes]:
    """Return the content of CertPoll (RFC 8894 §3.3.3): issuer and subject Names (DER).

    Raises Malformed with `field` if it cannot be read.
    """
    try:
        cursor = tlv.Cursor(tlv.read_whole(ber.to_der(data, field), tlv.SEQUENCE))
        issuer, subject = cursor.take(tlv.SEQUENCE), cursor.take(tlv.SEQUENCE)
        cursor.end()
        return issuer.raw, subject.raw
    except DerError as error:
        raise content.build_malformed(field, error) from None


def read_challenge(csr_der: bytes, field: str = "csr") -> str | None:
    """Return the challengePassword of a PKCS #10 request that `parse.parse_csr` has read, or None.

    Raises Malformed if it cannot be read or there is more than one.
    """
    try:
        info = tlv.read_fields(tlv.read_whole(csr_der, tlv.SEQUENCE), tlv.SEQUENCE, 3)[0]
        values = [_challenge(attribute) for attribute in tlv.read_fields(info, tlv.SEQUENCE, 4)[3].children()]
    except DerError as error:
        raise Malformed.of(field, "csr.challenge", f"has a challengePassword that cannot be read: {error}") from None
    found = [value for value in values if value is not None]
    if len(found) > 1:
        raise Malformed.of(field, "csr.challenge", "has more than one challengePassword (RFC 2985 §5.4.1)")
    return found[0] if found else None


def _challenge(attribute: tlv.Tlv) -> str | None:
    kind, values = tlv.read_fields(attribute, tlv.SEQUENCE, 2)[:2]
    if der.read_oid(tlv.require_tag(kind, tlv.OBJECT_IDENTIFIER).raw) != _CHALLENGE_PASSWORD:
        return None
    value = tlv.read_only_child(tlv.require_tag(values, tlv.SET))
    if value.tag == tlv.BMP_STRING:
        text = value.value.decode("utf-16-be", "replace")
    elif value.tag in _STRINGS:
        text = value.value.decode("utf-8", "replace")
    else:
        raise DerError(f"tag 0x{value.tag:02x} is no string")
    if not 0 < len(text) <= MAX_CHALLENGE:
        raise DerError(f"it is empty, or longer than {MAX_CHALLENGE} characters")
    return text
