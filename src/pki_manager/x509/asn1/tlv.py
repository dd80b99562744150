"""A small strict DER reader (X.690 §10), independent of the library that builds objects.

Lint rules check encodings (string and time types, encoded defaults, repeated extensions) that a typed parser hides or
refuses. The reader must not have the same errors as the builder.
"""

from __future__ import annotations

from typing import NamedTuple

BOOLEAN = 0x01
INTEGER = 0x02
BIT_STRING = 0x03
OCTET_STRING = 0x04
NULL = 0x05
OBJECT_IDENTIFIER = 0x06
ENUMERATED = 0x0A
UTF8_STRING = 0x0C
PRINTABLE_STRING = 0x13
TELETEX_STRING = 0x14
IA5_STRING = 0x16
UTC_TIME = 0x17
GENERALIZED_TIME = 0x18
VISIBLE_STRING = 0x1A
UNIVERSAL_STRING = 0x1C
BMP_STRING = 0x1E
SEQUENCE = 0x30
SET = 0x31


class DerError(ValueError):
    """Raised for octets that are not DER, or not the expected structure. `where` is the name of the part, if known."""

    def __init__(self, message: str, where: str = "") -> None:
        super().__init__(message)
        self.where = where


class Tlv(NamedTuple):
    """One element: its tag and its position in `data`."""

    tag: int
    data: bytes
    start: int
    value_start: int
    end: int

    @property
    def value(self) -> bytes:
        return self.data[self.value_start : self.end]

    @property
    def raw(self) -> bytes:
        """Return the whole element, with tag and length."""
        return self.data[self.start : self.end]

    def children(self) -> list[Tlv]:
        """Return the elements inside a constructed element. Raises DerError unless they fill it exactly."""
        data, at, end = self.data, self.value_start, self.end
        found = []
        while at < end:
            value_start = at + 2
            # Nearly all elements are short. All others go through the complete check.
            stop = value_start + data[at + 1] if value_start <= end and data[at + 1] < 0x80 else end + 1
            if stop > end or data[at] & 0x1F == 0x1F:
                child = read(data, at, end)
                stop = child.end
            else:
                # Tlv(...) without its keyword handling, which would be a fifth of the cost of reading a certificate.
                child = tuple.__new__(Tlv, (data[at], data, at, value_start, stop))
            found.append(child)
            at = stop
        return found


def read(data: bytes, at: int, end: int) -> Tlv:
    """Return the element at `at`, which must end at or before `end`. Raises DerError if it is malformed."""
    if at + 2 > end:
        raise DerError("an element is cut short")
    tag = data[at]
    if tag & 0x1F == 0x1F:
        raise DerError("the DER data uses a tag number above 30, which no X.509 structure has")
    length = data[at + 1]
    value_start = at + 2
    if length >= 0x80:
        octets = length & 0x7F
        value_start += octets
        length = int.from_bytes(data[at + 2 : value_start], "big")
        if octets == 0 or octets > 4 or value_start > end or length < 0x80 or length < 1 << 8 * (octets - 1):
            raise DerError("a length is not in its shortest definite form")
    if value_start + length > end:
        raise DerError("an element is cut short")
    return Tlv(tag, data, at, value_start, value_start + length)


def read_whole(data: bytes, tag: int) -> Tlv:
    """Return `data` as one element with that tag. Raises DerError unless it is exactly that."""
    element = require_tag(read(data, 0, len(data)), tag)
    if element.end != len(data):
        raise DerError("there are bytes after the end")
    return element


def require_tag(element: Tlv, tag: int) -> Tlv:
    """Return the element itself. Raises DerError unless it has that tag."""
    if element.tag != tag:
        raise DerError(f"tag 0x{element.tag:02x} stands where 0x{tag:02x} belongs")
    return element


def read_fields(element: Tlv, tag: int, least: int) -> list[Tlv]:
    """Return the children of an element. Raises DerError unless it has that tag and at least `least` children."""
    found = require_tag(element, tag).children()
    if len(found) < least:
        raise DerError("a structure lacks fields")
    return found


def read_only_child(element: Tlv) -> Tlv:
    """Return the element inside an EXPLICIT tag. Raises DerError unless there is exactly one."""
    children = element.children()
    if len(children) != 1:
        raise DerError("an explicit tag holds exactly one element")
    return children[0]


class Cursor:
    """Reads the fields of a SEQUENCE in order, and optional fields by their tag."""

    __slots__ = ("_at", "_fields")

    def __init__(self, element: Tlv, tag: int = SEQUENCE) -> None:
        self._fields = require_tag(element, tag).children()
        self._at = 0

    def take(self, *tags: int) -> Tlv:
        """Return the next field. Raises DerError if its tag is not among `tags` (default: any), or none is left."""
        if self._at >= len(self._fields):
            raise DerError("a structure lacks fields")
        element = self._fields[self._at]
        if tags and element.tag not in tags:
            raise DerError(f"tag 0x{element.tag:02x} stands where 0x{tags[0]:02x} belongs")
        self._at += 1
        return element

    def optional(self, *tags: int) -> Tlv | None:
        """Return the next field if its tag is among `tags`, otherwise None."""
        if self._at >= len(self._fields) or self._fields[self._at].tag not in tags:
            return None
        self._at += 1
        return self._fields[self._at - 1]

    def end(self) -> None:
        """Raise DerError unless every field has been read."""
        if self._at < len(self._fields):
            raise DerError(f"an unexpected field with tag 0x{self._fields[self._at].tag:02x}")


def read_boolean(element: Tlv) -> bool:
    """Return the value of a BOOLEAN (X.690 §11.1: TRUE is 0xFF). Raises DerError if it is malformed."""
    value = require_tag(element, BOOLEAN).value
    if value not in (b"\x00", b"\xff"):
        raise DerError("a BOOLEAN is neither 00 nor FF")
    return value == b"\xff"


def read_integer(element: Tlv, tag: int = INTEGER) -> int:
    """Return the number of an INTEGER. Raises DerError unless it is in its shortest form (X.690 §8.3)."""
    return decode_signed(require_tag(element, tag).value)


def decode_signed(value: bytes) -> int:
    """Return the number of an INTEGER's content octets. Raises DerError unless they are in the shortest form."""
    if not value or (len(value) > 1 and value[0] in (0x00, 0xFF) and (value[0] ^ value[1]) & 0x80 == 0):
        raise DerError("an INTEGER is not in its shortest form")
    return int.from_bytes(value, "big", signed=True)


class BitString(NamedTuple):
    """A BIT STRING: the number of unused bits at the end, and the octets."""

    unused: int
    content: bytes


def read_bits(element: Tlv, tag: int = BIT_STRING) -> BitString:
    """Return a BIT STRING. Raises DerError unless its unused bits are zero (X.690 §11.2.1)."""
    value = require_tag(element, tag).value
    if not value or value[0] > 7 or (value[0] and len(value) == 1):
        raise DerError("a BIT STRING has a bad count of unused bits")
    if value[0] and value[-1] & ((1 << value[0]) - 1):
        raise DerError("a BIT STRING has unused bits that are set")
    return BitString(value[0], value[1:])


def write(tag: int, content: bytes) -> bytes:
    """Return one DER element that contains `content`."""
    length = len(content)
    if length < 0x80:
        return bytes((tag, length)) + content
    octets = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(octets))) + octets + content
