"""Reader of pasted or uploaded data: DER, Base64 of DER, or PEM with any number of blocks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from pki_manager.domain.errors import Malformed, TooLarge
from pki_manager.x509.asn1 import der as guard
from pki_manager.x509.asn1 import tlv
from pki_manager.x509.asn1.tlv import DerError, Tlv
from pki_manager.x509.decode import ber
from pki_manager.x509.decode.detect import detect_kind
from pki_manager.x509.decode.model import ObjectKind
from pki_manager.x509.pem import decode_base64

MAX_SIZE = 1024 * 1024
MAX_OBJECTS = 50
MAX_ELEMENTS = 400_000

_BEGIN, _END, _DASHES = "-----BEGIN ", "-----END ", "-----"
_MAX_LABEL = 40
_BER_KINDS = (ObjectKind.PKCS7, ObjectKind.PKCS12)


class Item(NamedTuple):
    """One object: its kind, its element (DER), and the label of its PEM block."""

    kind: ObjectKind
    element: Tlv
    label: str | None


class EncryptedPemKey(NamedTuple):
    """An encrypted private key in a PEM block with headers (RFC 1421)."""

    label: str
    body: str


def read_items(data: bytes | str, field: str = "data") -> tuple[Item | EncryptedPemKey, ...]:
    """Return every object in `data`: one DER, one bare Base64, or the blocks of a PEM text.

    Raises TooLarge with `field` beyond MAX_SIZE or MAX_OBJECTS; Malformed with `field` if an object cannot be read or
    its kind is unknown.
    """
    if len(data) > MAX_SIZE:
        raise TooLarge.of(field, "size", f"must have at most {MAX_SIZE} bytes, not {len(data)}")
    if isinstance(data, bytes) and data[:1] == b"\x30":
        return (_item(data, None, field),)
    text = data if isinstance(data, str) else data.decode("ascii", "replace")
    if _BEGIN not in text:
        return (_item(decode_base64(text, field, "is neither PEM nor base64"), None, field),)
    found: list[Item | EncryptedPemKey] = []
    for label, body in _blocks(text, field):
        if len(found) == MAX_OBJECTS:
            raise TooLarge.of(field, "pem.blocks", f"must have at most {MAX_OBJECTS} PEM blocks")
        legacy = label.endswith("PRIVATE KEY") and "ENCRYPTED" in body and ":" in body
        found.append(
            EncryptedPemKey(label, body)
            if legacy
            else _item(decode_base64(_without_headers(body), field), label, field)
        )
    return tuple(found)


def _blocks(text: str, field: str) -> Iterator[tuple[str, str]]:
    """Yield the label and the body of every PEM block, in one pass. Raises Malformed for a block without an end."""
    at = 0
    while (begin := text.find(_BEGIN, at)) >= 0:
        start = begin + len(_BEGIN)
        label, dashes, _ = text[start : start + _MAX_LABEL + len(_DASHES)].partition(_DASHES)
        end_line = f"{_END}{label}{_DASHES}"
        end = text.find(end_line, start)
        if not dashes or end < 0:
            raise Malformed.of(field, "pem.block", "has a PEM block without an end")
        yield label, text[start + len(label) + len(_DASHES) : end]
        at = end + len(end_line)


def _without_headers(body: str) -> str:
    """Return the body without the headers up to an empty line that old PEM has (RFC 7468 has none).

    The body has headers if it contains a colon before the empty line, because Base64 has no colon.
    """
    head, _, rest = body.partition("\n\n")
    return rest if ":" in head else body


def _item(data: bytes, label: str | None, field: str) -> Item:
    """Return the object of DER octets. PKCS #7 and PKCS #12 can also be BER, which is converted to DER first."""
    try:
        guard.require_der(data, field, max_elements=MAX_ELEMENTS)
        return Item(_kind(data, field), tlv.read_whole(data, tlv.SEQUENCE), label)
    except Malformed as error:
        rewritten = _from_ber(data)
        if rewritten is None:
            raise error from None
        return Item(_kind(rewritten, field), tlv.read_whole(rewritten, tlv.SEQUENCE), label)


def _kind(data: bytes, field: str) -> ObjectKind:
    try:
        kind = detect_kind(tlv.read_whole(data, tlv.SEQUENCE))
    except DerError as error:
        raise Malformed.of(field, "der.structure", str(error)) from None
    if kind is None:
        raise Malformed.of(field, "object.kind", "is DER, but not a known kind of object")
    return kind


def _from_ber(data: bytes) -> bytes | None:
    try:
        rewritten = ber.to_der(data)
        return rewritten if detect_kind(tlv.read_whole(rewritten, tlv.SEQUENCE)) in _BER_KINDS else None
    except DerError:
        return None
