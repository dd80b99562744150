"""Conversion of BER to DER for PKCS #7 and PKCS #12, which permit BER (RFC 5652 §2.3, RFC 7292 §4)."""

from __future__ import annotations

from typing import NamedTuple

from pki_manager.x509.asn1 import tlv
from pki_manager.x509.asn1.der import MAX_DEPTH
from pki_manager.x509.asn1.tlv import DerError

_MAX_ELEMENTS = 200_000
_STRINGS = frozenset({0x24, 0x2C, 0x33, 0x36, 0x3E})


def to_der(data: bytes) -> bytes:
    """Return the one element in `data` with definite, shortest lengths and unsplit strings.

    The order of a SET and the contents of primitive elements are not changed. Raises DerError if the data is not BER,
    is nested deeper than MAX_DEPTH, or has octets after the end.
    """
    reader = _Reader(data)
    element, end = reader.element(0, len(data), 0)
    if end != len(data):
        raise DerError("there are bytes after the end")
    return element


class Element(NamedTuple):
    """An element as DER, and the position of its end in the input."""

    der: bytes
    end: int


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._elements = 0

    def element(self, at: int, limit: int, depth: int) -> Element:
        """Return the element at `at` as DER, and where the next one begins."""
        self._elements += 1
        if depth > MAX_DEPTH or self._elements > _MAX_ELEMENTS:
            raise DerError(f"more than {MAX_DEPTH} levels or {_MAX_ELEMENTS} elements")
        tag, start, length = self._header(at, limit)
        if not tag & 0x20:
            if length is None:
                raise DerError("a primitive element has no definite length")
            return Element(tlv.write(tag, self._data[start : start + length]), start + length)
        parts, end = self._children(start, limit if length is None else start + length, depth, endless=length is None)
        if tag in _STRINGS:
            return Element(tlv.write(tag & ~0x20, b"".join(_content(part) for part in parts)), end)
        return Element(tlv.write(tag, b"".join(parts)), end)

    def _children(self, at: int, limit: int, depth: int, *, endless: bool) -> tuple[list[bytes], int]:
        parts: list[bytes] = []
        while at < limit:
            if endless and self._data[at : at + 2] == b"\0\0":
                return parts, at + 2
            part, at = self.element(at, limit, depth + 1)
            parts.append(part)
        if endless:
            raise DerError("an element of indefinite length does not end")
        return parts, at

    def _header(self, at: int, limit: int) -> tuple[int, int, int | None]:
        """Return the tag, where the contents begin, and their length; None for an indefinite length."""
        if at + 2 > limit:
            raise DerError("an element is cut short")
        tag, length, start = self._data[at], self._data[at + 1], at + 2
        if tag & 0x1F == 0x1F:
            raise DerError("the data uses an ASN.1 tag number above 30, which no X.509 structure has")
        if length == 0x80:
            return tag, start, None
        if length > 0x80:
            octets = length & 0x7F
            length = int.from_bytes(self._data[start : start + octets], "big")
            start += octets
        if start + length > limit:
            raise DerError("an element is cut short")
        return tag, start, length


def _content(element: bytes) -> bytes:
    return tlv.read(element, 0, len(element)).value
