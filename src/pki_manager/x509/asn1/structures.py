"""Readers of structures that certificates, CRLs, and OCSP responses share."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import NamedTuple, TypeVar

from pki_manager.x509.asn1 import tlv
from pki_manager.x509.asn1.oid_octets import decode_oid
from pki_manager.x509.asn1.tlv import DerError, Tlv

T = TypeVar("T")

_SHORT = 256
_REMEMBERED = 1024


def remember_results(read: Callable[[bytes], T]) -> Callable[[bytes], T]:
    """Return the reader with a cache, so that equal octets are decoded once.

    Certificates of a profile and issuer share many values. Only short values are cached, so that uploads cannot fill
    the memory. The decoded value must be immutable.
    """
    kept = lru_cache(maxsize=_REMEMBERED)(read)
    return lambda value: kept(value) if len(value) <= _SHORT else read(value)


class Time(NamedTuple):
    """A Time (RFC 5280 §4.1.2.5). `moment` is None unless the text is in the one permitted form."""

    tag: int
    text: bytes
    moment: datetime | None

    @property
    def day(self) -> date | None:
        return self.moment.date() if self.moment else None


class Extension(NamedTuple):
    """An extension. `oid` is content octets; `explicit_false` is whether the default of `critical` is encoded."""

    oid: bytes
    critical: bool
    explicit_false: bool
    value: bytes

    @property
    def dotted(self) -> str:
        return decode_oid(self.oid)


class Attribute(NamedTuple):
    """One AttributeTypeAndValue: `type` as content octets, the tag of the string type, and the value's octets."""

    type: bytes
    tag: int
    value: bytes


class GeneralName(NamedTuple):
    """A GeneralName. `choice` is the context tag number of RFC 5280 §4.2.1.6; `value` is the content octets."""

    choice: int
    value: bytes


OTHER_NAME, EMAIL, DNS, X400, DIRECTORY, EDI_PARTY, URI, IP, REGISTERED_ID = range(9)

EMPTY_NAME = b"\x30\x00"

# A moment's text: YYMMDDHHMMSSZ as UTCTime, YYYYMMDDHHMMSSZ as GeneralizedTime.
_LENGTHS = {tlv.UTC_TIME: 13, tlv.GENERALIZED_TIME: 15}


def read_time(element: Tlv, *tags: int) -> Time:
    """Return a Time that has one of these tags (default: both). Raises DerError if it is malformed."""
    if element.tag not in (tags or _LENGTHS):
        raise DerError(f"tag 0x{element.tag:02x} is no time")
    return Time(element.tag, element.value, decode_time(element.tag, element.value))


@lru_cache(maxsize=1024)
def decode_time(tag: int, text: bytes) -> datetime | None:
    """Return the instant of a time's content octets, in UTC.

    None unless they are in the form of RFC 5280 §4.1.2.5.1 and .2.
    """
    digits = text[:-1]
    if len(text) != _LENGTHS.get(tag) or text[-1:] != b"Z" or not digits.isdigit():
        return None
    year = int(digits[:-10])
    if tag == tlv.UTC_TIME:
        year += 1900 if year >= 50 else 2000
    month, day, hour, minute, second = (int(digits[at : at + 2]) for at in range(len(digits) - 10, len(digits), 2))
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        return None


def read_extensions(element: Tlv) -> tuple[Extension, ...]:
    """Return the extensions of a SEQUENCE OF Extension, repeated ones included. Raises DerError if it is malformed."""
    return tuple([_extension(item.raw) for item in tlv.require_tag(element, tlv.SEQUENCE).children()])


@remember_results
def _extension(raw: bytes) -> Extension:
    fields = tlv.read_fields(tlv.read_whole(raw, raw[0]), tlv.SEQUENCE, 2)
    if len(fields) > 3:
        raise DerError("an extension has too many fields")
    oid = tlv.require_tag(fields[0], tlv.OBJECT_IDENTIFIER).value
    value = tlv.require_tag(fields[-1], tlv.OCTET_STRING).value
    if len(fields) == 2:
        return Extension(oid, critical=False, explicit_false=False, value=value)
    critical = tlv.read_boolean(fields[1])
    return Extension(oid, critical=critical, explicit_false=not critical, value=value)


def read_name(raw: bytes) -> tuple[tuple[Attribute, ...], ...]:
    """Return the RDNs of a Name, most significant first. Raises DerError if it is malformed."""
    rdns = []
    for rdn in tlv.read_whole(raw, tlv.SEQUENCE).children():
        attributes = []
        for pair in tlv.read_fields(rdn, tlv.SET, 1):
            fields = tlv.read_fields(pair, tlv.SEQUENCE, 2)
            kind = tlv.require_tag(fields[0], tlv.OBJECT_IDENTIFIER).value
            attributes.append(Attribute(kind, fields[1].tag, fields[1].value))
        rdns.append(tuple(attributes))
    return tuple(rdns)


def read_general_names(elements: list[Tlv]) -> tuple[GeneralName, ...]:
    """Return GeneralName elements as values. Raises DerError for an unknown tag."""
    return tuple(read_general_name(element) for element in elements)


def read_general_name(element: Tlv) -> GeneralName:
    """Return one GeneralName. Raises DerError for an unknown tag."""
    if element.tag & 0xC0 != 0x80 or element.tag & 0x1F > 8:
        raise DerError(f"tag 0x{element.tag:02x} is no GeneralName")
    return GeneralName(element.tag & 0x1F, element.value)


class AccessDescription(NamedTuple):
    """An AccessDescription (RFC 5280 §4.2.2.1); `method` is OID content octets."""

    method: bytes
    location: GeneralName


@remember_results
def read_access_descriptions(value: bytes) -> tuple[AccessDescription, ...]:
    """Return the value of authorityInfoAccess or subjectInfoAccess. Raises DerError if it is malformed."""
    pairs = (tlv.read_fields(item, tlv.SEQUENCE, 2) for item in tlv.read_whole(value, tlv.SEQUENCE).children())
    return tuple(
        AccessDescription(tlv.require_tag(pair[0], tlv.OBJECT_IDENTIFIER).value, read_general_name(pair[1]))
        for pair in pairs
    )


class DistributionPoint(NamedTuple):
    """A DistributionPoint (RFC 5280 §4.2.1.13): the names of its fullName, and the fields that are present."""

    names: tuple[GeneralName, ...]
    has_name: bool
    has_issuer: bool


@remember_results
def read_distribution_points(value: bytes) -> tuple[DistributionPoint, ...]:
    """Return the value of cRLDistributionPoints or freshestCRL. Raises DerError if it is malformed."""
    return tuple(_distribution_point(point) for point in tlv.read_whole(value, tlv.SEQUENCE).children())


def _distribution_point(element: Tlv) -> DistributionPoint:
    cursor = tlv.Cursor(element)
    name, _, issuer = cursor.optional(0xA0), cursor.optional(0x81), cursor.optional(0xA2)
    cursor.end()
    return DistributionPoint(read_point_name(name), name is not None, issuer is not None)


def read_point_name(element: Tlv | None) -> tuple[GeneralName, ...]:
    """Return the fullName of a DistributionPointName; empty if it is absent or relative to the issuer."""
    choice = None if element is None else tlv.read_only_child(element)
    return read_general_names(choice.children()) if choice is not None and choice.tag == 0xA0 else ()


class AuthorityKeyIdentifier(NamedTuple):
    """An authorityKeyIdentifier (RFC 5280 §4.2.1.1): the key identifier, and whether issuer and serial are present."""

    key_id: bytes | None
    has_issuer: bool
    has_serial: bool


@remember_results
def read_authority_key_identifier(value: bytes) -> AuthorityKeyIdentifier:
    """Return the value of the extension. Raises DerError if it is malformed."""
    cursor = tlv.Cursor(tlv.read_whole(value, tlv.SEQUENCE))
    key_id, issuer, serial = cursor.optional(0x80), cursor.optional(0xA1), cursor.optional(0x82)
    cursor.end()
    return AuthorityKeyIdentifier(key_id.value if key_id else None, issuer is not None, serial is not None)


class AlgorithmIdentifier(NamedTuple):
    """An AlgorithmIdentifier. `parameters` is the whole element, None if absent."""

    oid: bytes
    parameters: bytes | None
    raw: bytes


def read_algorithm(element: Tlv) -> AlgorithmIdentifier:
    """Return an AlgorithmIdentifier (RFC 5280 §4.1.1.2). Raises DerError if it is malformed."""
    return _algorithm(element.raw)


@remember_results
def _algorithm(raw: bytes) -> AlgorithmIdentifier:
    fields = tlv.read_fields(tlv.read_whole(raw, raw[0]), tlv.SEQUENCE, 1)
    oid = tlv.require_tag(fields[0], tlv.OBJECT_IDENTIFIER).value
    return AlgorithmIdentifier(oid, fields[1].raw if len(fields) > 1 else None, raw)


class SignedObject(NamedTuple):
    """The outer SEQUENCE of a signed object: the to-be-signed part and the algorithm, without the signature value."""

    tbs: Tlv
    algorithm: AlgorithmIdentifier
    rest: list[Tlv]


def read_signed(element: Tlv) -> SignedObject:
    """Return a SEQUENCE { tbs, AlgorithmIdentifier, BIT STRING, ... }. Raises DerError if it is malformed."""
    fields = tlv.read_fields(element, tlv.SEQUENCE, 3)
    tlv.read_bits(fields[2])
    return SignedObject(fields[0], read_algorithm(fields[1]), fields[3:])
