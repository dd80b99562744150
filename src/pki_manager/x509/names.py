"""Distinguished names: conversion to and from RFC 4514 text, DER, and pyca/cryptography's objects.

A DistinguishedName has its RDNs in the order of DER, most significant first; RFC 4514 text has the reverse order.
"""

from __future__ import annotations

import re
from functools import lru_cache

from cryptography import x509

from pki_manager.domain.errors import InvalidInput, Malformed
from pki_manager.domain.names import ATTRIBUTE_BOUNDS, DistinguishedName, NameAttribute
from pki_manager.x509.asn1 import der
from pki_manager.x509.asn1.oids import ATTRIBUTE_NAMES, ATTRIBUTE_TYPES

MAX_TEXT = 4096

# RFC 4514 §3, with the white space around separators that readers must accept by RFC 2253 §4.
_ATTRIBUTE = re.compile(
    r"[ ]*(?P<type>[A-Za-z][A-Za-z0-9-]*|[0-9]+(?:\.[0-9]+)+)[ ]*=[ ]*"
    r"(?P<value>#[0-9A-Fa-f]+|(?:[^\\\"+,;<>]|\\[\\ \"#=+,;<>]|\\[0-9A-Fa-f]{2})*)"
)
_ESCAPED = re.compile(r"(?:\\[0-9A-Fa-f]{2})+|\\.")
_TYPES_BY_LOWER = {name.lower(): name for name in ATTRIBUTE_TYPES}

_PRINTABLE = re.compile(r"[A-Za-z0-9 '()+,./:=?-]*")
_PRINTABLE_TYPES = frozenset({"C", "serialNumber", "dnQualifier"})
_UTF8_STRING = 0x0C
_IA5_TYPES = frozenset({"emailAddress", "DC"})

# PrintableString, IA5String and friends are subsets of ASCII; a T61String is read as everybody reads it, as Latin-1.
_CODECS = {
    0x0C: "utf-8",
    0x12: "ascii",
    0x13: "ascii",
    0x14: "latin-1",
    0x16: "ascii",
    0x1A: "ascii",
    0x1C: "utf-32-be",
    0x1E: "utf-16-be",
}


def parse_dn(text: str, field: str = "subject") -> DistinguishedName:
    """Read RFC 4514 text such as `CN=www.example.com,O=Example`; empty text is the empty name.

    Attribute types are short names in any case, or dotted OIDs. Policy decides about the values. Raises InvalidInput
    with `field` if the text cannot be read.
    """
    if len(text) > MAX_TEXT:
        raise InvalidInput.of(field, "dn.length", f"must have at most {MAX_TEXT} characters")
    if not text.strip(" "):
        return DistinguishedName()
    rdns: list[tuple[NameAttribute, ...]] = []
    rdn: tuple[NameAttribute, ...] = ()
    position = 0
    while True:
        match = _ATTRIBUTE.match(text, position)
        if match is None:
            raise InvalidInput.of(
                field, "dn.rfc4514", f"must be an RFC 4514 name such as CN=Example,O=Example, not {text!r}"
            )
        attribute = NameAttribute(_type(match["type"], field), _value(match["value"], field))
        if attribute in rdn:
            raise InvalidInput.of(field, "dn.repeated", f"has {attribute.type} twice with the same value in one RDN")
        rdn = (*rdn, attribute)
        position = match.end()
        separator = text[position : position + 1]
        if separator != "+":
            rdns.append(rdn)
            rdn = ()
        if not separator:
            return DistinguishedName(tuple(reversed(rdns)))
        if separator not in "+,":
            raise InvalidInput.of(field, "dn.rfc4514", f"must have {separator!r} escaped (RFC 4514)")
        position += 1


def _type(text: str, field: str) -> str:
    if text[0].isdigit():
        return ATTRIBUTE_NAMES.get(text, text)
    try:
        return _TYPES_BY_LOWER[text.lower()]
    except KeyError:
        known = ", ".join(ATTRIBUTE_TYPES)
        raise InvalidInput.of(field, "dn.attribute", f"must contain only attributes of {known}, not {text!r}") from None


def _value(text: str, field: str) -> str:
    """Return the value of an attribute in RFC 4514 text (§2.4).

    Unescaped spaces at the end do not count; `#` begins the hexadecimal DER of a value. Raises InvalidInput if the text
    is not a valid value.
    """
    try:
        if text.startswith("#"):
            return _hexadecimal(bytes.fromhex(text[1:]), field)
        bare = text.rstrip(" ")
        if (len(bare) - len(bare.rstrip("\\"))) % 2:
            bare += " "
        return _ESCAPED.sub(lambda match: _unescape(match[0]), bare)
    except (ValueError, Malformed):
        raise InvalidInput.of(field, "dn.rfc4514", f"has {text!r}, which is not an RFC 4514 attribute value") from None


def _hexadecimal(element: bytes, field: str) -> str:
    der.require_der(element, field)
    if element[0] not in _CODECS:
        raise ValueError("no string type")
    return _string(element, field)


def _unescape(escaped: str) -> str:
    if len(escaped) == 2:
        return escaped[1]
    return bytes.fromhex(escaped.replace("\\", "")).decode("utf-8")


def from_der(name_der: bytes, field: str = "subject") -> DistinguishedName:
    """Read a Name (DER) with any string types; control characters are kept.

    Raises Malformed with `field` if it cannot be read.
    """
    rdns = []
    for rdn in der.read_children(name_der, field):
        attributes = tuple(_attribute(element, field) for element in der.read_children(rdn, field))
        if rdn[0] != der.SET or not attributes:
            raise Malformed.of(field, "dn.rdn", "has an RDN that is not a SET with at least one attribute (X.501 §9.3)")
        rdns.append(attributes)
    return DistinguishedName(tuple(rdns))


def parse_dn_der(name_der: bytes, field: str = "subject") -> DistinguishedName:
    """Read a Name (DER) that may be encoded again in a certificate.

    Raises Malformed with `field` if it cannot be read, or if a known type has a value that is not a string, because its
    text would not be the value.
    """
    name = from_der(name_der, field)
    if any(attribute.value.startswith("#") for attribute in name.attributes()):
        for rdn in der.read_children(name_der, field):
            for element in der.read_children(rdn, field):
                kind, value = der.read_children(element, field)
                _require_string(kind, value, field)
    return name


def _require_string(kind: bytes, value: bytes, field: str) -> None:
    short = ATTRIBUTE_NAMES.get(der.read_oid(kind, field))
    if short is not None and value[0] not in _CODECS:
        raise Malformed.of(
            field, "dn.string", f"has a {short} that is not a string but an element with the tag {value[0]:#04x}"
        )


def _attribute(element: bytes, field: str) -> NameAttribute:
    parts = der.read_children(element, field)
    if len(parts) != 2:
        raise Malformed.of(field, "dn.attribute", "has an attribute that is not a type and a value")
    kind = der.read_oid(parts[0], field)
    return NameAttribute(ATTRIBUTE_NAMES.get(kind, kind), _string(parts[1], field))


def _string(element: bytes, field: str) -> str:
    """Return the text of a DER string; for any other type, `#` and its DER in hexadecimal (RFC 4514 §2.4)."""
    codec = _CODECS.get(element[0])
    octets = der.read_content(element, field)
    if codec is None:
        return "#" + element.hex()
    try:
        return octets.decode(codec)
    except UnicodeDecodeError:
        raise Malformed.of(field, "dn.string", f"has a string that is not {codec}") from None


def to_name(dn: DistinguishedName, field: str = "subject") -> x509.Name:
    """Return the name as pyca/cryptography's Name, with the string types in which it is encoded (RFC 5280 §4.1.2.4).

    They are PrintableString if RFC 5280 A.1 requires it, IA5String for DC and emailAddress, and UTF8String otherwise.
    Raises InvalidInput with `field` for a value that its type cannot contain.
    """
    rdns = [[_encodable(attribute, field) for attribute in rdn] for rdn in dn.rdns]
    try:
        return x509.Name([x509.RelativeDistinguishedName(attributes) for attributes in rdns])
    except ValueError:
        raise InvalidInput.of(field, "dn.rdn", "has an RDN that is empty or has the same attribute twice") from None


@lru_cache(maxsize=4096)
def _encodable(attribute: NameAttribute, field: str) -> x509.NameAttribute[str | bytes]:
    kind, value = attribute.type, attribute.value
    bound = ATTRIBUTE_BOUNDS.get(kind, MAX_TEXT)
    # pyca counts the octets of a CN and of a C where RFC 5280 counts characters, and refuses those above the bound.
    length = len(value.encode("utf-8", "replace")) if kind in ("CN", "C") else len(value)
    if not 1 <= length <= bound or (kind == "C" and length != 2):
        raise InvalidInput.of(field, "dn.bound", f"must have 1 to {bound} characters in {kind} (RFC 5280 A.1)")
    if kind in _PRINTABLE_TYPES and not _PRINTABLE.fullmatch(value):
        raise InvalidInput.of(field, "dn.printable_string", f"must have a PrintableString as {kind} (RFC 5280 A.1)")
    if kind in _IA5_TYPES and not value.isascii():
        raise InvalidInput.of(field, "dn.ia5_string", f"must have an ASCII string as {kind} (RFC 5280 A.1)")
    try:
        value.encode("utf-8")
        return x509.NameAttribute(x509.ObjectIdentifier(ATTRIBUTE_TYPES.get(kind, kind)), value)
    except (ValueError, TypeError):
        raise InvalidInput.of(field, "dn.encoding", f"contains {kind}={value!r}, which cannot be encoded") from None


def encode_dn(dn: DistinguishedName, field: str = "subject") -> bytes:
    """Return the Name (DER), as in `CertificateAuthority.subject_der`. Raises the errors of `to_name`."""
    return to_name(dn, field).public_bytes()


def encode_subject(dn: DistinguishedName, field: str = "subject") -> bytes:
    """Return the Name (DER) of an end entity. Its CN can have up to 64 characters (RFC 5280 A.1).

    pyca/cryptography limits octets instead of characters. Raises InvalidInput with `field` if a value cannot be
    encoded.
    """
    if all(len(value) == len(value.encode("utf-8", "replace")) for value in dn.values("CN")):
        return encode_dn(dn, field)
    rdns = []
    for rdn in dn.rdns:
        if len(set(rdn)) != len(rdn) or not rdn:
            raise InvalidInput.of(field, "dn.rdn", "has an RDN that is empty or has the same attribute twice")
        rdns.append(der.encode(der.SET, *sorted(_encoded(attribute, field) for attribute in rdn)))
    return der.encode_sequence(*rdns)


def _encoded(attribute: NameAttribute, field: str) -> bytes:
    """Return the AttributeTypeAndValue. A CN is a UTF8String; all others are encoded by pyca/cryptography."""
    if attribute.type != "CN" or not 1 <= len(attribute.value) <= ATTRIBUTE_BOUNDS["CN"]:
        name = x509.Name([_encodable(attribute, field)]).public_bytes()
        return der.read_children(der.read_children(name)[0])[0]
    try:
        value = attribute.value.encode("utf-8")
    except UnicodeEncodeError:
        raise InvalidInput.of(
            field, "dn.encoding", f"contains CN={attribute.value!r}, which cannot be encoded"
        ) from None
    return der.encode_sequence(der.oid(ATTRIBUTE_TYPES["CN"]), der.encode(_UTF8_STRING, value))
