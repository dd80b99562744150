"""Conversion of BER (X.690 §8) to DER, for CMS messages with indefinite lengths and constructed strings."""

from __future__ import annotations

from pki_manager.domain.errors import InvalidInput, Malformed
from pki_manager.x509.asn1 import der

MAX_DEPTH = 16
MAX_ELEMENTS = 5_000
_CONSTRUCTED = 0x20
_OCTET_STRING_IN_PARTS = der.OCTET_STRING | _CONSTRUCTED
_MAX_LENGTH_OCTETS = 4


def to_der(data: bytes, field: str) -> bytes:
    """Return one BER element as DER: with definite, shortest lengths and unsplit OCTET STRINGs.

    DER stays as it is. The order inside a SET is not changed. Raises Malformed with `field` if the data is not exactly
    one such element, or has more than MAX_DEPTH levels or MAX_ELEMENTS elements.
    """
    reader = _Reader(data, field)
    element = reader.element(len(data), 0)
    if reader.position != len(data):
        raise Malformed.of(field, "ber.trailing", "has bytes after the end of the BER element")
    return element


class _Reader:
    def __init__(self, data: bytes, field: str) -> None:
        self._data = data
        self._field = field
        self._elements = 0
        self.position = 0

    def element(self, limit: int, depth: int) -> bytes:
        """Read the element at the position, which must end by `limit`, and return it as DER."""
        self._elements += 1
        if depth > MAX_DEPTH or self._elements > MAX_ELEMENTS:
            raise self._fault("ber.bounds", f"has more than {MAX_DEPTH} levels or {MAX_ELEMENTS} elements")
        tag, end = self._header(limit)
        if not tag & _CONSTRUCTED:
            if end is None:
                raise self._fault("ber.length", "has a primitive element of indefinite length")
            value, self.position = self._data[self.position : end], end
            return der.encode(tag, value)
        children = self._children(limit, end, depth)
        if tag != _OCTET_STRING_IN_PARTS:
            return der.encode(tag, *children)
        if any(child[0] != der.OCTET_STRING for child in children):
            raise self._fault("ber.string", "has an OCTET STRING whose parts are of another type")
        return der.encode(der.OCTET_STRING, *(der.read_content(child, self._field) for child in children))

    def _children(self, limit: int, end: int | None, depth: int) -> list[bytes]:
        children = []
        while not self._at_end(limit, end):
            children.append(self.element(limit if end is None else end, depth + 1))
        return children

    def _at_end(self, limit: int, end: int | None) -> bool:
        """Return whether the contents have ended. Moves the position past an end-of-contents mark (§8.1.5)."""
        if end is not None:
            return self.position == end
        if self.position + 2 <= limit and self._data[self.position : self.position + 2] == b"\0\0":
            self.position += 2
            return True
        return False

    def _header(self, limit: int) -> tuple[int, int | None]:
        """Move the position past a header. Returns its tag, and where the contents end.

        The end is None for an indefinite length (§8.1.3.6).
        """
        data, start = self._data, self.position
        if start + 2 > limit:
            raise self._fault("ber.length", "ends within an element")
        tag, length = data[start], data[start + 1]
        if tag & 0x1F == 0x1F or tag == 0:
            raise self._fault("ber.tag", "has a tag that CMS does not use")
        self.position = start + 2
        if length == 0x80:
            return tag, None
        if length > 0x80:
            octets = length & 0x7F
            if octets > _MAX_LENGTH_OCTETS or self.position + octets > limit:
                raise self._fault("ber.length", "has a length that is too long")
            length = int.from_bytes(data[self.position : self.position + octets], "big")
            self.position += octets
        if self.position + length > limit:
            raise self._fault("ber.length", "has a length that reaches past the end")
        return tag, self.position + length

    def _fault(self, rule: str, message: str) -> InvalidInput:
        return Malformed.of(self._field, rule, message)
