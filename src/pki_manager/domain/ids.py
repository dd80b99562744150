"""Identifiers: UUIDv7 (RFC 9562 §5.7), so that index order is creation order."""

from __future__ import annotations

from uuid import UUID

from pki_manager.domain.errors import InvalidInput


def uuid7(unix_milliseconds: int, random: bytes) -> UUID:
    """A version 7 UUID from a clock reading and 10 random bytes."""
    if len(random) != 10:
        raise ValueError("uuid7 needs 10 random bytes")
    rand_a = int.from_bytes(random[:2], "big") & 0x0FFF
    rand_b = int.from_bytes(random[2:], "big") & ((1 << 62) - 1)
    value = (unix_milliseconds & ((1 << 48) - 1)) << 80 | 0x7 << 76 | rand_a << 64 | 0b10 << 62 | rand_b
    return UUID(int=value)


def parse_uuid(text: str, field: str) -> UUID:
    """Read the canonical text form only; InvalidInput naming `field` otherwise."""
    try:
        value = UUID(text)
    except ValueError:
        value = None
    if value is None or str(value) != text.lower():
        raise InvalidInput.of(field, "id.uuid", f"{text!r} is not an id")
    return value


def is_uuid(text: str) -> bool:
    """Whether `text` could be taken for an id in any of the spellings that exist."""
    try:
        UUID(text)
    except ValueError:
        return False
    return True
