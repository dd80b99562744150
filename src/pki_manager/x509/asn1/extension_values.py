"""The values of extensions that only certificates have, decoded."""

from __future__ import annotations

from typing import NamedTuple

from pki_manager.x509.asn1 import tlv
from pki_manager.x509.asn1.structures import GeneralName, read_general_name, remember_results
from pki_manager.x509.asn1.tlv import Tlv

KEY_USAGE_BITS = (
    "digitalSignature",
    "nonRepudiation",
    "keyEncipherment",
    "dataEncipherment",
    "keyAgreement",
    "keyCertSign",
    "cRLSign",
    "encipherOnly",
    "decipherOnly",
)


class BasicConstraintsView(NamedTuple):
    """A decoded basicConstraints extension."""

    ca: bool
    path_length: int | None
    explicit_false: bool


class Subtree(NamedTuple):
    """One GeneralSubtree. `has_limits` is true if minimum or maximum is present."""

    base: GeneralName
    has_limits: bool


class NameConstraintsView(NamedTuple):
    """A decoded nameConstraints extension."""

    permitted: tuple[Subtree, ...]
    excluded: tuple[Subtree, ...]


@remember_results
def read_basic_constraints(value: bytes) -> BasicConstraintsView:
    """Decode the value of basicConstraints (RFC 5280 §4.2.1.9). Raises DerError if it is malformed."""
    cursor = tlv.Cursor(tlv.read_whole(value, tlv.SEQUENCE))
    ca, length = cursor.optional(tlv.BOOLEAN), cursor.optional(tlv.INTEGER)
    cursor.end()
    is_ca = ca is not None and tlv.read_boolean(ca)
    return BasicConstraintsView(
        is_ca, None if length is None else tlv.read_integer(length), ca is not None and not is_ca
    )


@remember_results
def read_key_usage(value: bytes) -> frozenset[str]:
    """Return the names of the bits that are set (RFC 5280 §4.2.1.3). Raises DerError if the value is malformed."""
    _, octets = tlv.read_bits(tlv.read_whole(value, tlv.BIT_STRING))
    number = int.from_bytes(octets[:2].ljust(2, b"\0"), "big")
    return frozenset(name for position, name in enumerate(KEY_USAGE_BITS) if number >> (15 - position) & 1)


@remember_results
def read_extended_key_usage(value: bytes) -> tuple[bytes, ...]:
    """Return the purposes as OID content octets. Raises DerError if the value is malformed."""
    purposes = tlv.read_whole(value, tlv.SEQUENCE).children()
    return tuple(tlv.require_tag(purpose, tlv.OBJECT_IDENTIFIER).value for purpose in purposes)


def read_name_constraints(value: bytes) -> NameConstraintsView:
    """Decode the value of nameConstraints (RFC 5280 §4.2.1.10). Raises DerError if it is malformed."""
    cursor = tlv.Cursor(tlv.read_whole(value, tlv.SEQUENCE))
    permitted, excluded = cursor.optional(0xA0), cursor.optional(0xA1)
    cursor.end()
    return NameConstraintsView(_subtrees(permitted), _subtrees(excluded))


def read_policy_mappings(value: bytes) -> tuple[tuple[bytes, bytes], ...]:
    """Return pairs of issuerDomainPolicy and subjectDomainPolicy as OID content octets.

    Raises DerError if the value is malformed.
    """
    pairs = (tlv.read_fields(item, tlv.SEQUENCE, 2) for item in tlv.read_whole(value, tlv.SEQUENCE).children())
    return tuple((_oid(pair[0]), _oid(pair[1])) for pair in pairs)


def read_policy_constraints(value: bytes) -> tuple[int | None, int | None]:
    """Return requireExplicitPolicy and inhibitPolicyMapping, each None if absent.

    Raises DerError if the value is malformed.
    """
    cursor = tlv.Cursor(tlv.read_whole(value, tlv.SEQUENCE))
    require, inhibit = cursor.optional(0x80), cursor.optional(0x81)
    cursor.end()
    return (
        None if require is None else tlv.decode_signed(require.value),
        None if inhibit is None else tlv.decode_signed(inhibit.value),
    )


def _oid(element: Tlv) -> bytes:
    return tlv.require_tag(element, tlv.OBJECT_IDENTIFIER).value


def _subtrees(element: Tlv | None) -> tuple[Subtree, ...]:
    if element is None:
        return ()
    trees = (tlv.read_fields(item, tlv.SEQUENCE, 1) for item in element.children())
    return tuple(Subtree(read_general_name(tree[0]), len(tree) > 1) for tree in trees)
