"""DER (X.690 §10): a check that runs before any parser, and a few functions for reading and writing."""

from __future__ import annotations

from functools import lru_cache

from pki_manager.domain.errors import Malformed

SEQUENCE, SET = 0x30, 0x31
BOOLEAN, INTEGER, BIT_STRING, OCTET_STRING, NULL, OID, ENUMERATED = 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x0A
UTC_TIME, GENERALIZED_TIME = 0x17, 0x18

MAX_DEPTH = 32
MAX_ELEMENTS = 100_000
MAX_OID_OCTETS = 64

# EXTERNAL and EMBEDDED PDV are constructed like SEQUENCE and SET; every other universal type is primitive in DER.
_CONSTRUCTED = frozenset({SEQUENCE, SET, 0x28, 0x2B})
_PRIMITIVE = frozenset(range(0x01, 0x20)) - {tag & ~0x20 for tag in _CONSTRUCTED}
_TAGS = _CONSTRUCTED | _PRIMITIVE | frozenset(range(0x40, 0x100))
"""Tags that exist in DER (X.690 §8.14, §10.2: string types are primitive).

Elements of classes other than universal may be primitive or constructed.
"""


def require_der(data: bytes, field: str, *, max_elements: int = MAX_ELEMENTS) -> None:
    """Require that `data` is exactly one well-formed DER element. Raises Malformed with `field` otherwise.

    Checked at every level: definite, shortest lengths; constructed and primitive as the type requires; contents that
    fill their length; at most MAX_DEPTH levels, `max_elements` elements, and MAX_OID_OCTETS in an OID; nothing after
    the end. The check is iterative and linear, so deep nesting is cheap. Contents of OCTET STRINGs are not checked.
    """
    ends = [len(data)]
    position = elements = 0
    while True:
        start, limit = position + 2, ends[-1]
        end = start + data[position + 1] if start <= limit else limit + 1
        # Nearly all elements are short. All others go through the complete check.
        if end > limit or end - start >= 0x80 or data[position] & 0x1F == 0x1F:
            _, start, end = _header(data, position, limit, field)
        tag = data[position]
        elements += 1
        if tag == OID:
            _check_oid(data[start:end], field)
        elif tag not in _TAGS:
            raise Malformed.of(field, "der.tag", f"has an invalid DER tag: {tag:#04x}")
        if tag & 0x20:
            ends.append(end)
            position = start
        else:
            position = end
        if len(ends) > MAX_DEPTH + 1 or elements > max_elements:
            raise Malformed.of(field, "der.bounds", f"has more than {MAX_DEPTH} levels or {max_elements} elements")
        while len(ends) > 1 and position == ends[-1]:
            ends.pop()
        if len(ends) == 1:
            break
    if position != len(data):
        raise Malformed.of(field, "der.trailing", "has bytes after the end of the DER element")


def _check_oid(octets: bytes, field: str) -> None:
    """Raise Malformed if an object identifier does not begin and end as X.690 §8.19 requires."""
    if not octets or len(octets) > MAX_OID_OCTETS or octets[-1] & 0x80:
        raise Malformed.of(
            field, "der.oid", f"has an object identifier that does not have 1 to {MAX_OID_OCTETS} whole bytes"
        )


def _header(data: bytes, position: int, limit: int, field: str) -> tuple[int, int, int]:
    """Return the tag of the element at `position`, and where its contents begin and end.

    The element must end by `limit`.
    """
    if position + 2 > limit:
        raise Malformed.of(field, "der.length", "ends within an element")
    tag, length = data[position], data[position + 1]
    if tag & 0x1F == 0x1F:
        raise Malformed.of(field, "der.tag", "has a multi-byte tag, which X.509 does not use")
    start = position + 2
    if length >= 0x80:
        octets = length & 0x7F
        length = int.from_bytes(data[start : start + octets], "big")
        start += octets
        # Absurdly long; indefinite (no octets, so 0) or needlessly long; padded.
        if octets > 4 or length < 0x80 or length >> (8 * (octets - 1)) == 0:
            raise Malformed.of(field, "der.length", "has a length that is not in the shortest definite form")
    if start + length > limit:
        raise Malformed.of(field, "der.length", "has a length beyond the end of the data")
    return tag, start, start + length


def read_content(element: bytes, field: str = "der") -> bytes:
    """Return the contents of one DER element."""
    _, start, end = _header(element, 0, len(element), field)
    return element[start:end]


def read_children(element: bytes, field: str = "der") -> list[bytes]:
    """Return the elements (with tag and length) inside a constructed element."""
    _, position, end = _header(element, 0, len(element), field)
    found = []
    while position < end:
        length = element[position + 1] if position + 2 <= end else 0x80
        stop = position + 2 + length
        # Nearly all elements are short. All others go through the complete check.
        if length >= 0x80 or stop > end or element[position] & 0x1F == 0x1F:
            _, _, stop = _header(element, position, end, field)
        found.append(element[position:stop])
        position = stop
    return found


def encode(tag: int, *parts: bytes) -> bytes:
    """Return one element with the concatenated `parts` as contents."""
    body = b"".join(parts)
    size = len(body)
    if size < 0x80:
        return bytes((tag, size)) + body
    octets = (size.bit_length() + 7) // 8
    return bytes((tag, 0x80 | octets)) + size.to_bytes(octets, "big") + body


def encode_sequence(*parts: bytes) -> bytes:
    """Return a SEQUENCE with the concatenated `parts` as contents."""
    return encode(SEQUENCE, *parts)


def integer(value: int) -> bytes:
    """Return an INTEGER in its shortest form (X.690 §8.3)."""
    octets = (value if value >= 0 else ~value).bit_length() // 8 + 1
    return encode(INTEGER, value.to_bytes(octets, "big", signed=True))


def bit_string(octets: bytes) -> bytes:
    """Return a BIT STRING of whole octets."""
    return encode(BIT_STRING, b"\0", octets)


@lru_cache(maxsize=256)
def oid(dotted: str) -> bytes:
    """Return an OBJECT IDENTIFIER (DER) from dotted text."""
    first, second, *rest = (int(arc) for arc in dotted.split("."))
    return encode(OID, b"".join(_base128(arc) for arc in (first * 40 + second, *rest)))


def _base128(arc: int) -> bytes:
    octets = [arc & 0x7F]
    while arc := arc >> 7:
        octets.append(0x80 | arc & 0x7F)
    return bytes(reversed(octets))


@lru_cache(maxsize=256)
def read_oid(element: bytes, field: str = "der") -> str:
    """Return an OBJECT IDENTIFIER element as dotted text. Raises Malformed if it is not a valid one."""
    if element[:1] != b"\x06":
        raise Malformed.of(field, "der.oid", "has no object identifier where one is required")
    octets = read_content(element, field)
    _check_oid(octets, field)
    arcs = []
    arc = 0
    for octet in octets:
        if arc == 0 and octet == 0x80:
            raise Malformed.of(field, "der.oid", "has an object identifier with padding")
        arc = arc << 7 | octet & 0x7F
        if not octet & 0x80:
            arcs.append(arc)
            arc = 0
    first = min(arcs[0] // 40, 2)
    return ".".join(map(str, (first, arcs[0] - first * 40, *arcs[1:])))
