"""Character strings inside names."""

from __future__ import annotations

import re

from pki_manager.x509.asn1 import tlv

_CODECS = {
    tlv.PRINTABLE_STRING: "ascii",
    tlv.IA5_STRING: "ascii",
    tlv.VISIBLE_STRING: "ascii",
    tlv.UTF8_STRING: "utf-8",
    tlv.BMP_STRING: "utf-16-be",
    tlv.UNIVERSAL_STRING: "utf-32-be",
    tlv.TELETEX_STRING: "latin-1",
}
_PRINTABLE = re.compile(r"[A-Za-z0-9 '()+,\-./:=?]*")

# Controls, soft hyphen, zero-width and bidirectional marks, line separators, byte order mark, tags, noncharacters.
_INVISIBLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffd\ufffe\uffff\U000e0000-\U000e0fff]"
)


def decode_string(tag: int, octets: bytes) -> str | None:
    """Return the characters of a string; None if the octets do not fit the type, or the type is not a string."""
    codec = _CODECS.get(tag)
    if codec is None:
        return "" if tag in (tlv.BIT_STRING, tlv.GENERALIZED_TIME) else None
    try:
        found = octets.decode(codec)
    except UnicodeDecodeError:
        return None
    return None if tag == tlv.PRINTABLE_STRING and not _PRINTABLE.fullmatch(found) else found


def count_characters(tag: int, octets: bytes) -> int:
    """Return the length in characters, or in octets if the value is not text."""
    found = decode_string(tag, octets)
    return len(octets) if found is None else len(found)


def find_invisible(tag: int, octets: bytes) -> str | None:
    """Return the first character that is invisible or changes the order of others; None if there is none."""
    found = _INVISIBLE.search(decode_string(tag, octets) or octets.decode("latin-1"))
    return found.group() if found else None
