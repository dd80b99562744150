"""Certificate policies (RFC 5280 §4.2.1.4)."""

from __future__ import annotations

from typing import NamedTuple

from pki_manager.x509.asn1 import oid_octets, tlv
from pki_manager.x509.asn1.tlv import Tlv


class Text(NamedTuple):
    """A DisplayText: the tag of its string type and its octets."""

    tag: int
    value: bytes


class Policy(NamedTuple):
    """One PolicyInformation: its OID, the OIDs of its qualifiers, and the texts and references of user notices."""

    oid: bytes
    qualifiers: tuple[bytes, ...]
    texts: tuple[Text, ...]
    has_notice_reference: bool


def read_policies(value: bytes) -> tuple[Policy, ...]:
    """Return the policies in the extension's value. Raises DerError if it is malformed."""
    return tuple(_policy(item) for item in tlv.read_whole(value, tlv.SEQUENCE).children())


def _policy(element: Tlv) -> Policy:
    cursor = tlv.Cursor(element)
    oid, qualifiers = cursor.take(tlv.OBJECT_IDENTIFIER), cursor.optional(tlv.SEQUENCE)
    cursor.end()
    pairs = [tlv.read_fields(item, tlv.SEQUENCE, 2) for item in (qualifiers.children() if qualifiers else ())]
    kinds = tuple(tlv.require_tag(pair[0], tlv.OBJECT_IDENTIFIER).value for pair in pairs)
    parts = [
        part
        for kind, pair in zip(kinds, pairs, strict=True)
        if kind == oid_octets.USER_NOTICE
        for part in tlv.require_tag(pair[1], tlv.SEQUENCE).children()
    ]
    # A NoticeReference is the one SEQUENCE in a UserNotice; the rest is explicitText.
    texts = tuple(Text(part.tag, part.value) for part in parts if part.tag != tlv.SEQUENCE)
    return Policy(oid.value, kinds, texts, len(texts) < len(parts))
