"""Invisible characters, which names must not contain."""

from __future__ import annotations

import unicodedata

# RFC 4518 §2.2 "commonly mapped to nothing" and the Hangul fillers: drawn as nothing though not of category C or Z.
_INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u1806\u180b\u180c\u180d\u180f\u3164\uffa0\ufffc") | {
    chr(code) for code in range(0xFE00, 0xFE10)
}


def is_hidden(char: str) -> bool:
    """Return whether a character is invisible.

    Invisible are control, format (bidi, zero-width), private-use, unassigned, and surrogate code points, and every
    space except U+0020.
    """
    return char in _INVISIBLE or (char != " " and unicodedata.category(char)[0] in "CZ")


def find_hidden(text: str) -> list[str]:
    """Return the invisible characters of a text, each once, as code points such as `U+200B`."""
    if text.isascii() and text.isprintable():
        return []
    return [f"U+{ord(char):04X}" for char in dict.fromkeys(text) if is_hidden(char)]


def find_text_fault(text: str) -> str | None:
    """Return why a text is ambiguous, else None.

    It is ambiguous if it contains invisible characters, has outer spaces, or is not in Unicode NFC.
    """
    hidden = find_hidden(text)
    if hidden:
        return f"holds {', '.join(hidden)}"
    if text != text.strip():
        return "has a space at the start or end"
    return None if unicodedata.is_normalized("NFC", text) else "is not in Unicode NFC"
