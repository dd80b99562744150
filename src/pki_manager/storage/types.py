"""Column types: how domain values lie in both databases.

SQLite tables are STRICT, so every type compiles to INTEGER, TEXT or BLOB there. Text compares by code point on both
engines (COLLATE "C" on PostgreSQL), so that keyset pages and prefix searches mean the same.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import sqlalchemy as sa

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_SERIAL_OCTETS = 20

Integer = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
Bytes = sa.LargeBinary()


def microseconds(moment: datetime) -> int:
    """Microseconds since 1970 UTC of an aware datetime."""
    return (moment - _EPOCH) // _MICROSECOND


def moment(microseconds: int) -> datetime:
    """The aware UTC datetime of a count of microseconds since 1970."""
    return _EPOCH + timedelta(microseconds=microseconds)


class Moment(sa.types.TypeDecorator[datetime]):
    """An aware datetime as integer microseconds since 1970 UTC."""

    impl = Integer
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: sa.Dialect) -> int | None:
        return None if value is None else microseconds(value)

    def process_result_value(self, value: int | None, _dialect: sa.Dialect) -> datetime | None:
        return None if value is None else moment(value)


class Id(sa.types.TypeDecorator[UUID]):
    """A UUID as its 16 octets, which sort as the UUIDs do (and UUIDv7 by creation)."""

    impl = sa.LargeBinary
    cache_ok = True

    def process_bind_param(self, value: UUID | None, _dialect: sa.Dialect) -> bytes | None:
        return None if value is None else value.bytes

    def process_result_value(self, value: bytes | None, _dialect: sa.Dialect) -> UUID | None:
        return None if value is None else UUID(bytes=bytes(value))


class Serial(sa.types.TypeDecorator[int]):
    """A certificate serial number as 20 octets, big-endian (RFC 5280 §4.1.2.2 caps it there): sorts as a number."""

    impl = sa.LargeBinary
    cache_ok = True

    def process_bind_param(self, value: int | None, _dialect: sa.Dialect) -> bytes | None:
        return None if value is None else value.to_bytes(_SERIAL_OCTETS, "big")

    def process_result_value(self, value: bytes | None, _dialect: sa.Dialect) -> int | None:
        return None if value is None else int.from_bytes(value, "big")


def is_serial(value: int) -> bool:
    """Whether a number could be a serial number of ours."""
    return 0 <= value < 1 << 8 * _SERIAL_OCTETS
