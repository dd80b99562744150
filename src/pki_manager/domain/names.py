"""Distinguished names and subject alternative names, normalized once and compared as values.

Text forms are RFC 4514 for distinguished names, and `DNS:`, `IP:`, `email:`, `URI:` for alternative names. `x509.names`
reads RFC 4514 text and DER.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from pki_manager.domain.errors import InvalidInput
from pki_manager.domain.other_names import ALIASES, OtherName, ValueForm

ATTRIBUTE_BOUNDS: dict[str, int] = {
    "CN": 64,
    "SN": 64,
    "GN": 64,
    "serialNumber": 64,
    "C": 2,
    "L": 128,
    "ST": 128,
    "STREET": 128,
    "O": 64,
    "OU": 64,
    "title": 64,
    "postalCode": 40,
    "dnQualifier": 64,
    "pseudonym": 128,
    "emailAddress": 255,
    "organizationIdentifier": 256,
    "DC": 63,
    "UID": 256,
}
"""Every attribute type that has a short name here, with its maximum length in characters.

The figures are the `ub-` values of RFC 5280 appendix A.1 and, for the types it leaves out, of X.520; DC is one DNS
label (RFC 2247 §4). RFC 5280 lets SN and GN grow to 32,768 characters; 64 (ub-name of X.520) is what clients support.
"""


@dataclass(frozen=True, slots=True)
class NameAttribute:
    """One attribute of a name. `type` is its short name (`CN`, `O`) or else a dotted OID; `value` is text."""

    type: str
    value: str


@dataclass(frozen=True, slots=True)
class DistinguishedName:
    """A distinguished name: RDNs in encoding order (most significant first), each a non-empty tuple of attributes."""

    rdns: tuple[tuple[NameAttribute, ...], ...] = ()

    @classmethod
    def of(cls, *attributes: tuple[str, str]) -> DistinguishedName:
        """Return a name of single-valued RDNs: `DistinguishedName.of(("O", "Example"), ("CN", "Root CA"))`."""
        return cls(tuple((NameAttribute(kind, value),) for kind, value in attributes))

    def attributes(self) -> tuple[NameAttribute, ...]:
        return tuple([attribute for rdn in self.rdns for attribute in rdn])

    def values(self, kind: str) -> tuple[str, ...]:
        return tuple([attribute.value for rdn in self.rdns for attribute in rdn if attribute.type == kind])

    def is_empty(self) -> bool:
        return not self.rdns

    def folded(self) -> tuple[frozenset[tuple[str, str]], ...]:
        """Return the name in the form for comparisons: case and repeated spaces are ignored (RFC 5280 §7.1)."""
        return tuple(frozenset((one.type, " ".join(one.value.casefold().split())) for one in rdn) for rdn in self.rdns)

    def is_below(self, base: DistinguishedName) -> bool:
        """Return whether the name begins with all RDNs of `base`. Every name is below itself."""
        folded = base.folded()
        return self.folded()[: len(folded)] == folded

    def __str__(self) -> str:
        """Return the name as RFC 4514 §2 text: least significant RDN first, special characters escaped."""
        return ",".join(
            "+".join(f"{attribute.type}={_escape(attribute.value)}" for attribute in rdn) for rdn in reversed(self.rdns)
        )


_PLAIN = re.compile(r'(?:[^",+;<>\\# \x00-\x1f\x7f](?:[^",+;<>\\\x00-\x1f\x7f]*[^",+;<>\\ \x00-\x1f\x7f])?)?')
"""Pattern of text that needs no escapes: no special character, no space at an end, no `#` at the beginning."""


def _escape(value: str) -> str:
    """Return a value escaped by RFC 4514 §2.4. Control characters become hex pairs.

    No response and no log line then contains them raw.
    """
    if _PLAIN.fullmatch(value):
        return value
    out: list[str] = []
    for position, char in enumerate(value):
        edge_space = char == " " and position in (0, len(value) - 1)
        if char in '",+;<>\\' or edge_space or (char == "#" and position == 0):
            out.append("\\" + char)
        elif ord(char) < 0x20 or ord(char) == 0x7F:
            out.append("".join(f"\\{byte:02x}" for byte in char.encode()))
        else:
            out.append(char)
    return "".join(out)


class NameKind(StrEnum):
    """The GeneralName types that PKI Manager issues (RFC 5280 §4.2.1.6), by their prefix in text."""

    DNS = "DNS"
    IP = "IP"
    EMAIL = "email"
    URI = "URI"
    OTHER = "otherName"


@dataclass(frozen=True, slots=True, order=True)
class AlternativeName:
    """One subjectAltName entry: DNS names in lower case, IP addresses in canonical text, others unchanged.

    The value of an otherName is that of `OtherName`.
    """

    kind: NameKind
    value: str

    @classmethod
    def of(cls, kind: NameKind, value: str) -> AlternativeName:
        """Return a normalized name. Policy decides whether it is allowed. Raises InvalidInput for an invalid value."""
        if kind is NameKind.DNS:
            return cls(kind, _ascii_lower(value))
        if kind is NameKind.IP:
            try:
                return cls(kind, str(ipaddress.ip_address(value)))
            except ValueError:
                raise InvalidInput.of("sans", "san.ip", f"must be an IP address, not {value!r}") from None
        if kind is NameKind.EMAIL and "@" in value:
            local, _, domain = value.rpartition("@")
            return cls(kind, f"{local}@{_ascii_lower(domain)}")
        return cls(kind, str(OtherName.parse(value)) if kind is NameKind.OTHER else value)

    @classmethod
    def parse(cls, text: str, field: str = "sans") -> AlternativeName:
        """Return the name in a text such as `DNS:www.example.com`. Raises InvalidInput for `field` if it is invalid."""
        prefix, separator, value = text.partition(":")
        kinds = {kind.value.lower(): kind for kind in NameKind}
        if value and prefix.lower() in ALIASES:
            return cls(NameKind.OTHER, str(OtherName(ALIASES[prefix.lower()], ValueForm.UTF8, value)))
        if not separator or prefix.lower() not in kinds or not value:
            raise InvalidInput.of(
                field, "san.form", f"must be DNS:…, IP:…, email:…, URI:…, or otherName:…, not {text!r}"
            )
        return cls.of(kinds[prefix.lower()], value)

    def __str__(self) -> str:
        return f"{self.kind.value}:{self.value}"


def _ascii_lower(text: str) -> str:
    """Return ASCII text in lower case, as DNS does (RFC 4343), and any other text unchanged.

    `str.lower` would turn U+212A KELVIN SIGN into an ASCII `k`.
    """
    return text.lower() if text.isascii() else text


def drop_repeats(names: Iterable[AlternativeName]) -> tuple[AlternativeName, ...]:
    """Return the names without repeats, in order."""
    return tuple(dict.fromkeys(names))


DIRECTORY = "dirName:"
"""The prefix of a directoryName subtree in text."""


@dataclass(frozen=True, slots=True)
class NameConstraints:
    """Permitted and excluded subtrees (RFC 5280 §4.2.1.10).

    IP values are CIDR blocks, DNS values bare domains; email is a mailbox, a host, or `.domain`, URI a host or
    `.domain`. Directories are names that subjects begin with.
    """

    permitted: tuple[AlternativeName, ...] = ()
    excluded: tuple[AlternativeName, ...] = ()
    permitted_directories: tuple[DistinguishedName, ...] = ()
    excluded_directories: tuple[DistinguishedName, ...] = ()

    @staticmethod
    def subtree(text: str, field: str) -> AlternativeName:
        """Return the subtree in a text: like an alternative name, but IP is a block and DNS can be a bare domain.

        Raises InvalidInput for `field` if it is invalid.
        """
        prefix, _, value = text.partition(":")
        if prefix.upper() == "IP" and value:
            try:
                return AlternativeName(NameKind.IP, str(ipaddress.ip_network(value)))
            except ValueError as error:
                raise InvalidInput.of(field, "name_constraints.ip", f"contains {value!r}: {error}") from None
        name = AlternativeName.parse(text, field)
        if name.kind is NameKind.OTHER:
            raise InvalidInput.of(field, "name_constraints.kind", "must be a DNS, IP, email, or URI subtree")
        if name.kind is NameKind.DNS:
            return AlternativeName(name.kind, name.value.removeprefix("."))
        return AlternativeName(name.kind, name.value if "@" in name.value else _ascii_lower(name.value))

    def is_empty(self) -> bool:
        return not (self.permitted or self.excluded or self.permitted_directories or self.excluded_directories)

    def to_json(self) -> dict[str, list[str]]:
        """Return `permitted` and `excluded` as lists of text."""
        return {
            "permitted": [*map(str, self.permitted), *(f"{DIRECTORY}{base}" for base in self.permitted_directories)],
            "excluded": [*map(str, self.excluded), *(f"{DIRECTORY}{base}" for base in self.excluded_directories)],
        }
