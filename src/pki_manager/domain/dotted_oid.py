"""Dotted object identifiers (X.660)."""

from __future__ import annotations

import re

_OID = re.compile(r"[0-2](?:\.(?:0|[1-9][0-9]{0,38})){1,31}")
_MAX_OCTETS = 63


def is_dotted_oid(text: str) -> bool:
    """Return whether a text is a dotted OID by X.660, within the limits that all libraries accept.

    Arcs are below 2^128, so UUIDs fit; the second arc is below 40, or below 2^32 after a first arc 2; the DER has at
    most 63 octets. Not all libraries refuse larger values: a second arc near 2^128 crashes the process of one of them.
    """
    if not _OID.fullmatch(text):
        return False
    first, second, *rest = (int(arc) for arc in text.split("."))
    octets = sum(-(-max(arc.bit_length(), 1) // 7) for arc in (first * 40 + second, *rest))
    return second < (1 << 32 if first == 2 else 40) and max(rest, default=0) < 1 << 128 and octets <= _MAX_OCTETS
