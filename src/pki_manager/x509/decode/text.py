"""Conversion of names, times, and numbers of an external object to text that is safe to show."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from typing import TypeVar

from pki_manager.domain.errors import PkiError
from pki_manager.x509 import names
from pki_manager.x509.asn1 import tlv
from pki_manager.x509.asn1.oid_octets import decode_oid
from pki_manager.x509.asn1.oids import EXTENSION_NAMES
from pki_manager.x509.asn1.structures import AlgorithmIdentifier, Time
from pki_manager.x509.asn1.tlv import DerError, Tlv
from pki_manager.x509.decode.oid_names import ALGORITHMS

T = TypeVar("T")
U = TypeVar("U")

MAX_HEX = 1024
"""Maximum octets of an undecoded value that are shown."""

_IA5 = {1: "email", 2: "DNS", 6: "URI"}
_OTHERS = {0: "otherName", 3: "x400Address", 5: "ediPartyName"}


class Warnings:
    """The warnings about one object, without repetitions."""

    def __init__(self) -> None:
        self._said: dict[str, None] = {}

    def add(self, text: str) -> None:
        self._said[text] = None

    def attempt(self, what: str, read: Callable[[], T], instead: U) -> T | U:
        """Return the result of `read`.

        If it raises an error, add a warning that begins with `what`, and return `instead`.
        """
        try:
            return read()
        except (DerError, PkiError) as error:
            self.add(f"{what}: {escape_invisible(str(error))}")
            return instead

    def all(self) -> tuple[str, ...]:
        return tuple(self._said)


def escape_invisible(text: str) -> str:
    """Return text in which invisible and reordering characters (controls, bidi marks, zero width) are escapes.

    An escape has the form `\\u{202e}`.
    """
    return "".join(char if char.isprintable() else f"\\u{{{ord(char):x}}}" for char in text)


def hexadecimal(octets: bytes) -> str:
    """Return octets as lower-case hex. After MAX_HEX octets, it ends with an ellipsis and the number of octets."""
    return octets.hex() if len(octets) <= MAX_HEX else f"{octets[:MAX_HEX].hex()}… ({len(octets)} octets)"


def integer(octets: bytes) -> str:
    """Return content octets of an INTEGER in hex with its sign. Conversion to decimal would take quadratic time."""
    if not octets:
        return ""
    number = int.from_bytes(octets, "big", signed=True)
    digits = f"{abs(number):x}"
    return ("-" if number < 0 else "") + digits.rjust(len(digits) + len(digits) % 2, "0")


def oid(content: bytes) -> str:
    """Return content octets of an OID as dotted text, or only the length if it is over 64 octets."""
    return decode_oid(content) if len(content) <= 64 else f"an object identifier of {len(content)} octets"


def object_identifier(element: Tlv) -> str:
    """Return an OBJECT IDENTIFIER element as dotted text."""
    return oid(tlv.require_tag(element, tlv.OBJECT_IDENTIFIER).value)


def extension_name(dotted_oid: str) -> str:
    """Return the name of an extension's OID, or the OID if it is unknown."""
    return EXTENSION_NAMES.get(dotted_oid, dotted_oid)


def algorithm(found: AlgorithmIdentifier) -> str:
    """Return the name of an algorithm, or its OID if it is unknown."""
    name = oid(found.oid)
    return ALGORITHMS.get(name, name)


def time(found: Time, warnings: Warnings, where: str) -> str:
    """Return a time as RFC 3339 text. A time in a form other than RFC 5280 §4.1.2.5 is unchanged, with a warning."""
    if found.moment is None:
        warnings.add(f"{where}: not written to the second in UTC (RFC 5280 §4.1.2.5)")
        return escape_invisible(found.text.decode("latin-1"))
    return found.moment.isoformat().replace("+00:00", "Z")


def name(raw: bytes, warnings: Warnings, where: str) -> str:
    """Return a Name (DER) as RFC 4514 text; if it cannot be read, `#` and its DER in hex."""
    return warnings.attempt(where, lambda: escape_invisible(str(names.from_der(raw, where))), f"#{hexadecimal(raw)}")


def general_name(element: Tlv, warnings: Warnings) -> str:
    """Return a GeneralName as `DNS:…`, `IP:…`, `email:…`, `URI:…`, and so on. Raises DerError if it is malformed."""
    if element.tag & 0xC0 != 0x80 or element.tag & 0x1F > 8:
        raise DerError(f"tag 0x{element.tag:02x} is no GeneralName")
    choice, value = element.tag & 0x1F, element.value
    if choice in _IA5:
        if not value.isascii():
            warnings.add(f"a {_IA5[choice]} name is not ASCII (RFC 5280 §4.2.1.6)")
        return f"{_IA5[choice]}:{escape_invisible(value.decode('latin-1'))}"
    if choice == 7:
        return f"IP:{_address(value, warnings)}"
    if choice == 4:
        return f"directoryName:{name(tlv.read_only_child(element).raw, warnings, 'directoryName')}"
    if choice == 8:
        return f"registeredID:{oid(value)}"
    inside = element.children()
    kind = f"{object_identifier(inside[0])} " if choice == 0 and inside else ""
    return f"{_OTHERS[choice]}:{kind}{hexadecimal(value)}"


def _address(octets: bytes, warnings: Warnings) -> str:
    """Return an address of 4 or 16 octets, or an address with a mask (8 or 32 octets); other octets in hex."""
    half = len(octets) // 2
    if len(octets) in (4, 16):
        return str(ipaddress.ip_address(octets))
    if len(octets) in (8, 32):
        mask = int.from_bytes(octets[half:], "big")
        prefix = mask.bit_count()
        if mask == ((1 << prefix) - 1) << (8 * half - prefix):
            return f"{ipaddress.ip_address(octets[:half])}/{prefix}"
        return f"{ipaddress.ip_address(octets[:half])}/{ipaddress.ip_address(octets[half:])}"
    warnings.add(f"an IP address has {len(octets)} octets")
    return f"#{hexadecimal(octets)}"


def string(element: Tlv) -> str:
    """Return a string of any type. BMPString is read as UTF-16, all others as UTF-8."""
    codec = "utf-16-be" if element.tag == tlv.BMP_STRING else "utf-8"
    return escape_invisible(element.value.decode(codec, "backslashreplace"))
