"""Encoders of the messages that a server sends (RFC 9810 §5)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from pki_manager.x509.asn1 import der, encode
from pki_manager.x509.cmp.identifiers import CONFIRM_WAIT_TIME, IMPLICIT_CONFIRM, BodyType, CmpStatus, FailureInfo
from pki_manager.x509.cmp.message import MessageHeader

_UTF8_STRING = 0x0C
_MAX_TEXT = 1000


@dataclass(frozen=True, slots=True)
class StatusInfo:
    """A PKIStatusInfo: the status, a text for people, and the reasons of a rejection."""

    status: CmpStatus
    text: str = ""
    failures: tuple[FailureInfo, ...] = ()

    def encode(self) -> bytes:
        parts = [der.integer(self.status)]
        if self.text:
            parts.append(_free_text(self.text))
        if self.failures:
            parts.append(_failure_bits(self.failures))
        return der.encode_sequence(*parts)


def build_rejection(text: str, *failures: FailureInfo) -> StatusInfo:
    """Return the status of a rejected request."""
    return StatusInfo(CmpStatus.REJECTION, text, failures)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseHeader:
    """The values of a response header, except those of its `request`; `sender` is a Name (DER).

    `confirm_by` is the deadline for the confirmation; `implicit_confirm` is whether the client need not confirm.
    """

    request: MessageHeader | None
    sender: bytes
    time: datetime
    nonce: bytes
    key_id: bytes | None = None
    transaction_id: bytes | None = None
    confirm_by: datetime | None = None
    implicit_confirm: bool = False
    protection_algorithm: bytes | None = field(default=None, repr=False)


def encode_header(header: ResponseHeader) -> bytes:
    """Return a PKIHeader (DER) with the version of the request, because OpenSSL 3.0 requires the same version."""
    request = header.request
    empty_name = der.encode(0xA4, der.encode_sequence())
    transaction = header.transaction_id or (request.transaction_id if request else None)
    optional = (
        (0xA0, encode.generalized_time(header.time)),
        (0xA1, header.protection_algorithm),
        (0xA2, _octets(header.key_id)),
        (0xA4, _octets(transaction)),
        (0xA5, _octets(header.nonce)),
        (0xA6, _octets(request.sender_nonce if request else None)),
        (0xA8, _general_information(header)),
    )
    return der.encode_sequence(
        der.integer(request.version if request else 2),
        der.encode(0xA4, header.sender),
        request.sender if request else empty_name,
        *(der.encode(tag, value) for tag, value in optional if value),
    )


def encode_body(kind: BodyType, content: bytes) -> bytes:
    """Return a PKIBody (DER) of that kind with DER content."""
    return der.encode(0xA0 | kind, content)


def encode_protected_part(header: bytes, body: bytes) -> bytes:
    """Return the ProtectedPart (DER), which the protection covers."""
    return der.encode_sequence(header, body)


def encode_message(header: bytes, body: bytes, protection: bytes | None, extra_certs: Sequence[bytes] = ()) -> bytes:
    """Return a PKIMessage (DER) of a ProtectedPart, its protection, and certificates."""
    parts = [header, body]
    if protection is not None:
        parts.append(der.encode(0xA0, der.bit_string(protection)))
    if extra_certs:
        parts.append(der.encode(0xA1, der.encode_sequence(*extra_certs)))
    return der.encode_sequence(*parts)


def build_certificate_response(
    request_id: int, status: StatusInfo, certificate: bytes | None = None, ca_certificates: Sequence[bytes] = ()
) -> bytes:
    """Return a CertRepMessage (DER) with one CertResponse: the content of ip, cp, and kup bodies."""
    parts = [der.integer(request_id), status.encode()]
    if certificate is not None:
        parts.append(der.encode_sequence(der.encode(0xA0, certificate)))
    published = [der.encode(0xA1, der.encode_sequence(*ca_certificates))] if ca_certificates else []
    return der.encode_sequence(*published, der.encode_sequence(der.encode_sequence(*parts)))


def build_revocation_response(status: StatusInfo, certificate_id: bytes | None = None) -> bytes:
    """Return a RevRepContent (DER). `certificate_id` is a CertId (DER)."""
    named = [der.encode(0xA0, der.encode_sequence(certificate_id))] if certificate_id else []
    return der.encode_sequence(der.encode_sequence(status.encode()), *named)


def poll_response(request_id: int, seconds: int, reason: str) -> bytes:
    """Return a PollRepContent (DER) by which the client polls again after that number of seconds."""
    return der.encode_sequence(der.encode_sequence(der.integer(request_id), der.integer(seconds), _free_text(reason)))


def build_error(status: StatusInfo) -> bytes:
    """Return an ErrorMsgContent (DER)."""
    return der.encode_sequence(status.encode())


def build_information(pairs: Iterable[tuple[str, bytes | None]]) -> bytes:
    """Return a GenRepContent (DER) from pairs of dotted OID and DER value."""
    return der.encode_sequence(*(der.encode_sequence(der.oid(kind), value or b"") for kind, value in pairs))


def build_pki_conf() -> bytes:
    """Return a PKIConfirmContent (DER)."""
    return der.encode(der.NULL)


def _general_information(header: ResponseHeader) -> bytes | None:
    pairs: list[tuple[str, bytes | None]] = []
    if header.implicit_confirm:
        pairs.append((IMPLICIT_CONFIRM, der.encode(der.NULL)))
    if header.confirm_by is not None:
        pairs.append((CONFIRM_WAIT_TIME, encode.generalized_time(header.confirm_by)))
    return build_information(pairs) if pairs else None


def _octets(value: bytes | None) -> bytes | None:
    return None if value is None else der.encode(der.OCTET_STRING, value)


def _free_text(text: str) -> bytes:
    shown = text if len(text) <= _MAX_TEXT else text[: _MAX_TEXT - 1] + "…"
    return der.encode_sequence(der.encode(_UTF8_STRING, shown.encode("utf-8", "replace")))


def _failure_bits(failures: Iterable[FailureInfo]) -> bytes:
    """Return a BIT STRING without trailing zero bits (X.690 §11.2.2)."""
    last = max(failures)
    number = sum(1 << (last - bit) for bit in set(failures))
    unused = 7 - last % 8
    return der.encode(der.BIT_STRING, bytes((unused,)), (number << unused).to_bytes(last // 8 + 1, "big"))
