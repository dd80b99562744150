"""IDs: UUIDv7 (RFC 9562 §5.7), so that index order is creation order."""

from __future__ import annotations

from datetime import datetime
from threading import Lock
from uuid import UUID

from pki_manager.domain.errors import InvalidInput

_TAIL_BITS = 74
_STEP = 1 << 32


def create_uuid7(unix_milliseconds: int, random: bytes) -> UUID:
    """Return a version 7 UUID of a Unix time in milliseconds and 10 random bytes.

    Raises ValueError for another number of bytes.
    """
    if len(random) != 10:
        raise ValueError("uuid7 needs 10 random bytes")
    rand_a = int.from_bytes(random[:2], "big") & 0x0FFF
    rand_b = int.from_bytes(random[2:], "big") & ((1 << 62) - 1)
    value = (unix_milliseconds & ((1 << 48) - 1)) << 80 | 0x7 << 76 | rand_a << 64 | 0b10 << 62 | rand_b
    return UUID(int=value)


def first_id(moment: datetime) -> UUID:
    """Return the lowest ID that can be created in the millisecond of `moment`, for queries by creation time."""
    return create_uuid7(max(0, int(moment.timestamp() * 1000)), bytes(10))


class RisingIds:
    """A generator of version 7 UUIDs that increase within a process, also in one millisecond (RFC 9562 §6.2, method 2).

    If the clock goes back, the IDs go back too, because they contain the time of creation.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._milliseconds = -1
        self._tail = 0

    def next(self, unix_milliseconds: int, random: bytes) -> UUID:
        """Return the next UUID for a Unix time in milliseconds and 10 random bytes."""
        drawn = int.from_bytes(random, "big")
        with self._lock:
            if unix_milliseconds == self._milliseconds:
                self._tail += 1 + drawn % _STEP
            else:
                # The highest bit stays free for what the millisecond adds.
                self._milliseconds, self._tail = unix_milliseconds, drawn % (1 << _TAIL_BITS - 1)
            tail = self._tail
        return create_uuid7(unix_milliseconds, (tail >> 62 << 64 | tail & (1 << 62) - 1).to_bytes(10, "big"))


def parse_uuid(text: str, field: str) -> UUID:
    """Return the UUID in a text. Raises InvalidInput for `field` unless the text has the canonical form."""
    try:
        value = UUID(text)
    except ValueError:
        value = None
    if value is None or str(value) != text.lower():
        raise InvalidInput.of(field, "id.uuid", f"must be a UUID, not {text!r}")
    return value


def is_uuid(text: str) -> bool:
    """Return whether `text` could be read as a UUID in any notation."""
    try:
        UUID(text)
    except ValueError:
        return False
    return True
