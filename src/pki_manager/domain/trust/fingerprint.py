"""SHA-256 fingerprints in forms that people can compare: groups of digits, and words."""

from __future__ import annotations

import re

LENGTH = 32
"""Length of a SHA-256 fingerprint in octets."""

_HEX = re.compile(r"[0-9a-f]{64}", re.ASCII)
_PREFIX = re.compile(r"^\s*sha-?256(?:\s+fingerprint)?\s*[:=]\s*", re.IGNORECASE)
_CONSONANTS, _VOWELS = "bdfghjklmnprstvz", "aiou"


def parse_fingerprint(text: str) -> bytes | None:
    """Return the octets of a fingerprint from text. None if the text has any other form.

    The text has 64 hexadecimal digits in any case, with or without colons, spaces, and a `SHA256` prefix.
    """
    digits = re.sub(r"[\s:]", "", _PREFIX.sub("", text)).lower()
    return bytes.fromhex(digits) if _HEX.fullmatch(digits) else None


def format_groups(fingerprint: bytes) -> str:
    """Return a fingerprint as upper-case hexadecimal digits in groups of four."""
    digits = fingerprint.hex().upper()
    return " ".join(digits[start : start + 4] for start in range(0, len(digits), 4))


def format_words(fingerprint: bytes) -> str:
    """Return a fingerprint as pronounceable words of five letters, one for each 16 bits.

    These are proquints: a consonant encodes 4 bits, a vowel 2.
    """
    return " ".join(_word(int.from_bytes(fingerprint[start : start + 2])) for start in range(0, len(fingerprint), 2))


def _word(number: int) -> str:
    first, second, third = number >> 12, number >> 6 & 15, number & 15
    return (
        f"{_CONSONANTS[first]}{_VOWELS[number >> 10 & 3]}{_CONSONANTS[second]}"
        f"{_VOWELS[number >> 4 & 3]}{_CONSONANTS[third]}"
    )
