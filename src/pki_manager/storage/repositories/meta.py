"""Single values of the installation, for example the time of the last signature."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import UTC, datetime

import sqlalchemy as sa

from pki_manager.storage.engine.compiled_statement import CompiledStatement
from pki_manager.storage.engine.guarded_clock import ClockReading, GuardedClock
from pki_manager.storage.engine.transaction import DIRECTORY_LOCK, Transaction
from pki_manager.storage.tables.pki import meta

_CLOCK = "clock.high_water_mark"
_REVISION = "directory.revision"
_ACCEPTED = "clock.accepted"


_BY_KEY = CompiledStatement(sa.select(meta.c.value).where(meta.c.key == sa.bindparam("wanted")))

_IS_OF_CLOCK = sa.or_(*(meta.c.key == sa.literal_column(f"'{key}'") for key in (_CLOCK, _ACCEPTED)))
_CLOCK_ROWS = CompiledStatement(sa.select(meta.c.key, meta.c.value).where(_IS_OF_CLOCK))
_SERVER_TIME = sa.cast(sa.extract("epoch", sa.func.clock_timestamp()), sa.BigInteger).label("time")
_CLOCK_ROWS_AND_TIME = CompiledStatement(sa.select(meta.c.key, meta.c.value, _SERVER_TIME).where(_IS_OF_CLOCK))

_NEXT_REVISION = CompiledStatement(
    sa.update(meta)
    .where(meta.c.key == sa.literal_column(f"'{_REVISION}'"))
    .values(value=sa.cast(sa.cast(meta.c.value, sa.BigInteger) + 1, sa.Text))
)


_SHARED = sa.select(sa.func.pg_advisory_xact_lock_shared(DIRECTORY_LOCK).label("locked")).cte("shared")
_LOCKED_REVISION = CompiledStatement(
    sa.select(meta.c.value)
    .select_from(meta.join(_SHARED, sa.true()))
    .where(meta.c.key == sa.literal_column(f"'{_REVISION}'"))
    .with_for_update(read=True, of=meta)
)
"""Query that locks and returns the directory revision (PostgreSQL).

Its advisory lock queues behind processes that change the directory; a row lock alone would not. Its row lock ensures
that the newest revision is read.
"""


def raise_revision(transaction: Transaction) -> None:
    """Increase the directory revision, once at the end of a unit that changed the directory."""
    if transaction.changed(_NEXT_REVISION) == 0 and not transaction.insert_new(meta, {"key": _REVISION, "value": "1"}):
        transaction.changed(_NEXT_REVISION)
    transaction.group_state.meta.revision = None


class SqlMeta:
    """Implements ports.unit_of_work.Meta."""

    def __init__(self, transaction: Transaction, clock: GuardedClock) -> None:
        self._transaction = transaction
        self._clock = clock

    def get(self, key: str) -> str | None:
        row = self._transaction.first(_BY_KEY, {"wanted": key})
        return None if row is None else str(row.value)

    def get_all(self, keys: Collection[str]) -> Mapping[str, str]:
        found = self._transaction.rows(sa.select(meta.c.key, meta.c.value).where(meta.c.key.in_(keys)))
        return {row.key: row.value for row in found}

    def put(self, key: str, value: str) -> None:
        self._transaction.upsert(meta, {"key": key, "value": value})

    def get_directory_revision(self) -> int:
        state = self._transaction.group_state.meta
        if state.revision is None:
            state.revision = self._revision()
        return state.revision

    def is_directory_at(self, revision: int) -> bool:
        assumptions = self._transaction.assumptions
        if assumptions is not None:
            return assumptions.assume_directory(revision)
        return self.get_directory_revision() == revision

    def lock_directory(self) -> None:
        self._transaction.lock_directory()

    def _revision(self) -> int:
        """Return the directory revision. A unit of work on PostgreSQL also locks it until the commit.

        The lock prevents changes of the directory while the unit acts on the data that it has read.
        """
        if not (self._transaction.is_postgresql and self._transaction.is_unit):
            return int(self.get(_REVISION) or 0)
        row = self._transaction.first(_LOCKED_REVISION)
        return 0 if row is None else int(row.value)

    def require_clock(self) -> None:
        self._read_clock()

    def advance_clock(self, now: datetime) -> datetime:
        if self._transaction.assumptions is not None:
            return self._transaction.assumptions.advance_clock(now)
        reading = self._read_clock()
        seconds = int(now.timestamp())
        if reading.mark == 0:
            self._transaction.insert_new(meta, {"key": _CLOCK, "value": str(seconds)})
        if seconds > reading.mark:
            # Only upwards: on PostgreSQL another process may have raised it since it was read.
            older = sa.cast(meta.c.value, sa.BigInteger) < seconds
            self._transaction.execute(sa.update(meta).where(meta.c.key == _CLOCK, older).values(value=str(seconds)))
            self._transaction.group_state.meta.clock = replace(reading, mark=seconds)
        return max(now, datetime.fromtimestamp(reading.mark, UTC))

    def get_clock_mark(self) -> datetime | None:
        mark = self._stored_clock().mark
        return datetime.fromtimestamp(mark, UTC) if mark else None

    def accept_clock(self) -> datetime:
        now = self._clock.system_now()
        self._clock.require_database_agrees(self._stored_clock())
        reading = ClockReading(int(now.timestamp()), now.isoformat())
        self.put(_CLOCK, str(reading.mark))
        self.put(_ACCEPTED, reading.accepted)
        self._transaction.group_state.meta.clock = reading
        return now

    def _read_clock(self) -> ClockReading:
        """Return the clock reading, which is read once for each commit, after checking the clock against it."""
        reading = self._transaction.group_state.meta.clock or self._stored_clock()
        self._clock.require(reading)
        if reading.database is not None:
            # The database's clock was compared; units that share the commit come later than that.
            reading = replace(reading, database=None)
        self._transaction.group_state.meta.clock = reading
        return reading

    def _stored_clock(self) -> ClockReading:
        with_time = self._clock.limits.uses_database and self._transaction.is_postgresql
        rows = self._transaction.rows(_CLOCK_ROWS_AND_TIME if with_time else _CLOCK_ROWS)
        found = {row.key: row.value for row in rows}
        return ClockReading(
            mark=int(found.get(_CLOCK) or 0),
            accepted=found.get(_ACCEPTED) or "",
            database=next((int(row.time) for row in rows), None) if with_time else None,
        )
