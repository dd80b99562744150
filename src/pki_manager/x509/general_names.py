"""GeneralNames (RFC 5280 §4.2.1.6, §4.2.1.10): conversion of alternative names and name constraints to and from DER."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable
from typing import NamedTuple

from cryptography import x509

from pki_manager.domain.errors import InvalidInput, Malformed
from pki_manager.domain.names import (
    DIRECTORY,
    AlternativeName,
    DistinguishedName,
    NameConstraints,
    NameKind,
)
from pki_manager.domain.other_names import OtherName, ValueForm
from pki_manager.x509 import names
from pki_manager.x509.asn1 import der

_IA5_KINDS = {0x81: NameKind.EMAIL, 0x82: NameKind.DNS, 0x86: NameKind.URI}
_OTHER_NAME_TAG = 0xA0
_OTHER_KINDS = {
    0xA3: "x400Address",
    0xA4: "directoryName",
    0xA5: "ediPartyName",
    0x88: "registeredID",
}
_IP_TAG = 0x87
_DIRECTORY_TAG = 0xA4

_STRINGS = {ValueForm.UTF8: 0x0C, ValueForm.IA5: 0x16}

_PYCA: dict[NameKind, Callable[[str], x509.GeneralName]] = {
    NameKind.DNS: x509.DNSName,
    NameKind.EMAIL: x509.RFC822Name,
    NameKind.URI: x509.UniformResourceIdentifier,
}


class GeneralNames(NamedTuple):
    """The names of supported kinds, and all other names as text."""

    names: tuple[AlternativeName, ...]
    unknown: tuple[str, ...]


def read(general_names: bytes, field: str) -> GeneralNames:
    """Read a GeneralNames (DER): the names of supported kinds, and a description of each other name.

    Values keep every octet, including NUL and control characters; policy decides about them. Raises Malformed with
    `field` if a name cannot be read.
    """
    names: list[AlternativeName] = []
    others: list[str] = []
    for element in der.read_children(general_names, field):
        tag = element[0]
        if tag in _IA5_KINDS:
            names.append(AlternativeName.of(_IA5_KINDS[tag], _ia5(der.read_content(element, field), field)))
        elif tag == _IP_TAG:
            names.append(AlternativeName.of(NameKind.IP, _address(der.read_content(element, field), field)))
        elif tag == _OTHER_NAME_TAG:
            names.append(AlternativeName(NameKind.OTHER, str(_other_name(element, field))))
        elif tag in _OTHER_KINDS:
            others.append(_describe(element, field))
        else:
            raise Malformed.of(field, "san.kind", f"has the tag {tag:#04x}, which is not a GeneralName")
    return GeneralNames(tuple(names), tuple(others))


def _describe(element: bytes, field: str) -> str:
    kind = _OTHER_KINDS[element[0]]
    if kind == "registeredID":
        return f"{kind} {der.read_oid(der.encode(der.OID, der.read_content(element, field)), field)}"
    return kind


def _other_name(element: bytes, field: str) -> OtherName:
    parts = der.read_children(element, field)
    if len(parts) != 2 or parts[1][0] != 0xA0 or len(value := der.read_children(parts[1], field)) != 1:
        raise Malformed.of(
            field, "san.other", "has an otherName that is not a type ID and one value (RFC 5280 §4.2.1.6)"
        )
    return OtherName.of_der(der.read_oid(parts[0], field), value[0])


def _ia5(octets: bytes, field: str) -> str:
    try:
        return octets.decode("ascii")
    except UnicodeDecodeError:
        raise Malformed.of(field, "san.ia5_string", "has a name that is not ASCII (RFC 5280 §4.2.1.6)") from None


def _address(octets: bytes, field: str) -> str:
    if len(octets) not in (4, 16):
        raise Malformed.of(field, "san.ip", "has an IP address that does not have 4 or 16 bytes (RFC 5280 §4.2.1.6)")
    return str(ipaddress.ip_address(octets))


def to_general_name(name: AlternativeName, field: str = "sans") -> x509.GeneralName:
    """Return an alternative name as pyca/cryptography's object.

    Raises InvalidInput with `field` for a value that the object cannot contain.
    """
    try:
        if name.kind is NameKind.IP:
            return x509.IPAddress(ipaddress.ip_address(name.value))
        if name.kind is NameKind.OTHER:
            return _to_other_name(OtherName.parse(name.value, field), field)
        return _PYCA[name.kind](name.value)
    except ValueError:
        raise InvalidInput.of(field, "san.encoding", f"contains {str(name)!r}, which cannot be encoded") from None


def _to_other_name(name: OtherName, field: str) -> x509.OtherName:
    if name.form is ValueForm.DER:
        value = bytes.fromhex(name.text)
        der.require_der(value, field)
    else:
        value = der.encode(_STRINGS[name.form], name.text.encode())
    return x509.OtherName(x509.ObjectIdentifier(name.type_id), value)


def to_name_constraints(constraints: NameConstraints, field: str = "name_constraints") -> x509.NameConstraints:
    """Return the nameConstraints extension (RFC 5280 §4.2.1.10). There must be at least one subtree."""
    permitted = [_subtree(name, field) for name in constraints.permitted]
    excluded = [_subtree(name, field) for name in constraints.excluded]
    permitted += [x509.DirectoryName(names.to_name(base, field)) for base in constraints.permitted_directories]
    excluded += [x509.DirectoryName(names.to_name(base, field)) for base in constraints.excluded_directories]
    return x509.NameConstraints(permitted or None, excluded or None)


def _subtree(name: AlternativeName, field: str) -> x509.GeneralName:
    try:
        if name.kind is NameKind.IP:
            return x509.IPAddress(ipaddress.ip_network(name.value))
        return _PYCA[name.kind](name.value)
    except ValueError:
        raise InvalidInput.of(
            field, "name_constraints.encoding", f"contains {str(name)!r}, which cannot be encoded"
        ) from None


def read_constraints(name_constraints: bytes, field: str) -> NameConstraints:
    """Read a NameConstraints (DER). Raises Malformed with `field` if it cannot be read.

    Raises InvalidInput for subtrees of unsupported kinds: ignoring one would permit more names than its issuer
    intended.
    """
    subtrees: dict[int, list[AlternativeName | DistinguishedName]] = {0xA0: [], 0xA1: []}
    for part in der.read_children(name_constraints, field):
        subtrees[part[0]] = [_read_subtree(element, field) for element in der.read_children(part, field)]
    permitted, excluded = subtrees[0xA0], subtrees[0xA1]
    if not permitted and not excluded:
        raise Malformed.of(
            field, "name_constraints.empty", "has nameConstraints without a subtree (RFC 5280 §4.2.1.10)"
        )
    return NameConstraints(_plain(permitted), _plain(excluded), _directories(permitted), _directories(excluded))


def parse_constraints(permitted: Iterable[str], excluded: Iterable[str]) -> NameConstraints:
    """Read subtrees from text: `DNS:example.com`, `IP:10.0.0.0/8`, `dirName:O=Example,C=DE` (RFC 4514).

    Raises InvalidInput with `name_constraints.permitted` or `name_constraints.excluded` if one is invalid or repeated.
    """
    allowed = _parse_subtrees(permitted, "name_constraints.permitted")
    refused = _parse_subtrees(excluded, "name_constraints.excluded")
    return NameConstraints(_plain(allowed), _plain(refused), _directories(allowed), _directories(refused))


def _parse_subtrees(texts: Iterable[str], field: str) -> list[AlternativeName | DistinguishedName]:
    subtrees: list[AlternativeName | DistinguishedName] = []
    for text in texts:
        subtree = _parse_subtree(text, field)
        if subtree in subtrees:
            raise InvalidInput.of(field, "name_constraints.form", f"contains {text!r} twice")
        subtrees.append(subtree)
    return subtrees


def _parse_subtree(text: str, field: str) -> AlternativeName | DistinguishedName:
    if text.lower().startswith(DIRECTORY.lower()):
        base = names.parse_dn(text[len(DIRECTORY) :], field)
        if base.is_empty():
            raise InvalidInput.of(field, "name_constraints.form", f"contains {text!r}, which is not a directory name")
        names.to_name(base, field)
        return base
    return NameConstraints.subtree(text, field)


def _plain(subtrees: Iterable[AlternativeName | DistinguishedName]) -> tuple[AlternativeName, ...]:
    return tuple(one for one in subtrees if isinstance(one, AlternativeName))


def _directories(subtrees: Iterable[AlternativeName | DistinguishedName]) -> tuple[DistinguishedName, ...]:
    return tuple(one for one in subtrees if isinstance(one, DistinguishedName))


def _read_subtree(element: bytes, field: str) -> AlternativeName | DistinguishedName:
    base, *bounds = der.read_children(element, field) or (b"\0",)
    if bounds:
        raise Malformed.of(
            field,
            "name_constraints.bounds",
            "has a minimum or maximum in nameConstraints, which is not supported (RFC 5280 §4.2.1.10)",
        )
    octets = der.read_content(base, field)
    if base[0] in _IA5_KINDS:
        return AlternativeName(_IA5_KINDS[base[0]], _ia5(octets, field))
    if base[0] == _DIRECTORY_TAG:
        return names.from_der(octets, field)
    if base[0] != _IP_TAG:
        message = "must contain only DNS, IP, email, URI, and directory subtrees"
        raise InvalidInput.of(field, "name_constraints.kind", message)
    half = len(octets) // 2
    address, mask = octets[:half], int.from_bytes(octets[half:], "big")
    prefix = mask.bit_count()
    if half not in (4, 16) or len(octets) != 2 * half or mask != (1 << 8 * half) - (1 << 8 * half - prefix):
        raise Malformed.of(
            field, "name_constraints.ip", "has an IP subtree that is not an address and a contiguous mask"
        )
    network = ipaddress.ip_network((address, prefix), strict=False)
    return AlternativeName(NameKind.IP, str(network))
