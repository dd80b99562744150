"""Column types: how both databases store domain values.

SQLite tables are STRICT, so every type compiles to INTEGER, TEXT, or BLOB there. Text compares by code point on both
engines (COLLATE "C" on PostgreSQL), so pages and prefix searches have the same order.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

import sqlalchemy as sa

T = TypeVar("T")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_SERIAL_OCTETS = 20

Integer = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def to_microseconds(moment: datetime) -> int:
    """Return the microseconds from 1970 UTC to a time-zone-aware datetime."""
    return (moment - _EPOCH) // _MICROSECOND


def from_microseconds(microseconds: int) -> datetime:
    """Return the datetime in UTC that is this number of microseconds after 1970 UTC."""
    return _EPOCH + timedelta(microseconds=microseconds)


class _Direct(sa.types.TypeDecorator[T]):
    """A column type whose own functions convert domain values for the driver; those of `impl` are not called."""

    to_driver: Callable[[T | None], object] | None = None
    from_driver: Callable[[Any], T | None] | None = None

    def bind_processor(self, dialect: sa.Dialect) -> Callable[[T | None], object] | None:  # noqa: ARG002 - SQLAlchemy's
        return self.to_driver

    def result_processor(
        self,
        dialect: sa.Dialect,  # noqa: ARG002
        coltype: object,  # noqa: ARG002
    ) -> Callable[[Any], T | None] | None:
        return self.from_driver


class Octets(_Direct[bytes]):
    """An octet string, stored without conversion: both drivers take and return bytes."""

    impl = sa.LargeBinary
    cache_ok = True


Bytes = Octets()


class Moment(_Direct[datetime]):
    """A time-zone-aware datetime, stored as integer microseconds since 1970 UTC."""

    impl = Integer
    cache_ok = True
    to_driver = staticmethod(lambda value: None if value is None else to_microseconds(value))
    from_driver = staticmethod(lambda value: None if value is None else from_microseconds(value))


class Id(_Direct[UUID]):
    """A UUID, stored as its 16 octets. They sort as the UUIDs do: UUIDv7 by time of creation."""

    impl = sa.LargeBinary
    cache_ok = True
    to_driver = staticmethod(lambda value: None if value is None else value.bytes)
    from_driver = staticmethod(lambda value: None if value is None else UUID(bytes=value))


class Serial(_Direct[int]):
    """A certificate serial number, stored as 20 octets, big-endian, so that it sorts as a number.

    RFC 5280 §4.1.2.2 permits at most 20 octets.
    """

    impl = sa.LargeBinary
    cache_ok = True
    to_driver = staticmethod(lambda value: None if value is None else value.to_bytes(_SERIAL_OCTETS, "big"))
    from_driver = staticmethod(lambda value: None if value is None else int.from_bytes(value, "big"))


def is_serial(value: int) -> bool:
    """Return whether a number can be a serial number that PKI Manager issues."""
    return 0 <= value < 1 << 8 * _SERIAL_OCTETS
