"""Reader of a PKIMessage (RFC 9810 §5.1): header, body, protection. `bodies` reads the contents of bodies."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from pki_manager.domain.errors import InvalidInput, Malformed, TooLarge
from pki_manager.x509.asn1 import der, oid_octets, structures, tlv
from pki_manager.x509.asn1.tlv import Cursor, DerError, Tlv
from pki_manager.x509.cmp.identifiers import IMPLICIT_CONFIRM, BodyType

MAX_OCTETS = 128 * 1024
MAX_ELEMENTS = 5_000
MAX_EXTRA_CERTS = 20
MAX_IDENTIFIER = 64
"""Maximum octets of a transactionID, a nonce, a key identifier, and a reference value."""
MAX_NAME = 4096
VERSIONS = (2, 3)

FIELD = "message"
UNSUPPORTED_VERSION, UNSUPPORTED_BODY = "cmp.version", "cmp.body"

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageHeader:
    """A PKIHeader. Names are GeneralNames and `protection_algorithm` is an AlgorithmIdentifier, each as DER."""

    version: int
    sender: bytes
    recipient: bytes
    message_time: datetime | None = None
    protection_algorithm: bytes | None = None
    sender_key_id: bytes | None = None
    transaction_id: bytes | None = None
    sender_nonce: bytes | None = None
    recipient_nonce: bytes | None = None
    implicit_confirm: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A PKIMessage. `body` is the DER inside the tag of `kind`; `protection` (octets) covers `protected_part`."""

    header: MessageHeader
    kind: BodyType
    body: bytes = field(repr=False)
    protected_part: bytes = field(repr=False)
    protection: bytes | None = None
    extra_certs: tuple[bytes, ...] = field(default=(), repr=False)


def read_message(data: bytes) -> Message:
    """Read a PKIMessage (DER). Its protection is not verified.

    Raises TooLarge if it is too large; Malformed for octets that are not a PKIMessage; InvalidInput with the rule
    `cmp.version` or `cmp.body` for an unsupported version or kind of message.
    """
    if len(data) > MAX_OCTETS:
        raise TooLarge.of(FIELD, "size", f"is {len(data)} octets long; at most {MAX_OCTETS} are read")
    der.require_der(data, FIELD, max_elements=MAX_ELEMENTS)
    return read_or_refuse(lambda: _message(tlv.read_whole(data, tlv.SEQUENCE)))


def read_or_refuse(read: Callable[[], T], name: str = FIELD) -> T:
    """Return the result of the reader. Raises Malformed with `name` if the reader raises DerError."""
    try:
        return read()
    except DerError as error:
        raise Malformed.of(name, "cmp.form", f"is not as RFC 9810 and RFC 4211 define it: {error}") from None


def _message(message: Tlv) -> Message:
    fields = Cursor(message)
    header_tlv, body = fields.take(tlv.SEQUENCE), fields.take()
    protection, extra = fields.optional(0xA0), fields.optional(0xA1)
    fields.end()
    header = _header(header_tlv)
    certificates = () if extra is None else tlv.require_tag(tlv.read_only_child(extra), tlv.SEQUENCE).children()
    if len(certificates) > MAX_EXTRA_CERTS:
        raise TooLarge.of(FIELD, "cmp.extra_certs", f"has more than {MAX_EXTRA_CERTS} extraCerts")
    return Message(
        header=header,
        kind=_kind(body),
        body=tlv.read_only_child(body).raw,
        protected_part=der.encode_sequence(header_tlv.raw, body.raw),
        protection=None if protection is None else _whole_octets(tlv.read_only_child(protection)),
        extra_certs=tuple(tlv.require_tag(one, tlv.SEQUENCE).raw for one in certificates),
    )


def _kind(body: Tlv) -> BodyType:
    number = body.tag & 0x1F
    if body.tag & 0xE0 != 0xA0:
        raise DerError(f"tag 0x{body.tag:02x} is not a PKIBody")
    try:
        return BodyType(number)
    except ValueError:
        message = f"PKIBody type {number} is not supported"
        raise InvalidInput.of(FIELD, UNSUPPORTED_BODY, message) from None


def _header(header: Tlv) -> MessageHeader:
    fields = Cursor(header)
    version = tlv.read_integer(fields.take(tlv.INTEGER))
    sender, recipient = fields.take(), fields.take()
    time, algorithm, sender_key_id, _recipient_key_id = (fields.optional(tag) for tag in (0xA0, 0xA1, 0xA2, 0xA3))
    transaction, sender_nonce, recipient_nonce = (fields.optional(tag) for tag in (0xA4, 0xA5, 0xA6))
    _free_text, information = fields.optional(0xA7), fields.optional(0xA8)
    fields.end()
    if version not in VERSIONS:
        raise InvalidInput.of(
            "pvno", UNSUPPORTED_VERSION, f"{version} is not supported; use cmp2000 (2) or cmp2021 (3)"
        )
    return MessageHeader(
        version=version,
        sender=_name(sender),
        recipient=_name(recipient),
        message_time=None if time is None else _time(tlv.read_only_child(time)),
        protection_algorithm=None
        if algorithm is None
        else tlv.require_tag(tlv.read_only_child(algorithm), tlv.SEQUENCE).raw,
        sender_key_id=_identifier(sender_key_id, "senderKID"),
        transaction_id=_identifier(transaction, "transactionID"),
        sender_nonce=_identifier(sender_nonce, "senderNonce"),
        recipient_nonce=_identifier(recipient_nonce, "recipNonce"),
        implicit_confirm=information is not None and _has_implicit_confirm(tlv.read_only_child(information)),
    )


def _name(name: Tlv) -> bytes:
    """Return the DER of a GeneralName. It is compared and sent back, but not interpreted."""
    if name.tag & 0xC0 != 0x80 or name.tag & 0x1F > structures.REGISTERED_ID or len(name.raw) > MAX_NAME:
        raise DerError(f"a name is not a GeneralName of at most {MAX_NAME} octets")
    return name.raw


def _time(element: Tlv) -> datetime:
    moment = structures.read_time(element, tlv.GENERALIZED_TIME).moment
    if moment is None:
        raise DerError("messageTime is not written to the second in UTC")
    return moment


def _identifier(explicit: Tlv | None, name: str) -> bytes | None:
    if explicit is None:
        return None
    octets = tlv.require_tag(tlv.read_only_child(explicit), tlv.OCTET_STRING).value
    if not 1 <= len(octets) <= MAX_IDENTIFIER:
        raise DerError(f"{name} does not have 1 to {MAX_IDENTIFIER} octets")
    return octets


def _whole_octets(element: Tlv) -> bytes:
    unused, octets = tlv.read_bits(element)
    if unused:
        raise DerError("the protection is not a whole number of octets")
    return octets


def _has_implicit_confirm(information: Tlv) -> bool:
    types = (tlv.read_fields(one, tlv.SEQUENCE, 1)[0] for one in tlv.require_tag(information, tlv.SEQUENCE).children())
    return IMPLICIT_CONFIRM in [
        oid_octets.decode_oid(tlv.require_tag(one, tlv.OBJECT_IDENTIFIER).value) for one in types
    ]
