"""Single values of the installation, the clock's high-water mark among them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

import sqlalchemy as sa

from pki_manager.domain.errors import ClockBehind
from pki_manager.storage.constant import Constant
from pki_manager.storage.tables import meta
from pki_manager.storage.transaction import Transaction

_CLOCK = "clock.high_water_mark"
_REVISION = "directory.revision"
_TOLERATED_SECONDS = 5


_BY_KEY = Constant(sa.select(meta.c.value).where(meta.c.key == sa.bindparam("wanted")))

_NEXT_REVISION = Constant(
    sa.update(meta)
    .where(meta.c.key == sa.literal_column(f"'{_REVISION}'"))
    .values(value=sa.cast(sa.cast(meta.c.value, sa.BigInteger) + 1, sa.Text))
)


def raise_revision(transaction: Transaction) -> None:
    """A unit that changed the directory says so, once, at its end."""
    if transaction.changed(_NEXT_REVISION) == 0 and not transaction.insert_new(meta, {"key": _REVISION, "value": "1"}):
        transaction.changed(_NEXT_REVISION)
    transaction.carried.revision = None


class SqlMeta:
    """Implements ports.unit_of_work.Meta."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def get(self, key: str) -> str | None:
        row = self._transaction.first(_BY_KEY, {"wanted": key})
        return None if row is None else str(row.value)

    def get_all(self, keys: Collection[str]) -> Mapping[str, str]:
        found = self._transaction.rows(sa.select(meta.c.key, meta.c.value).where(meta.c.key.in_(keys)))
        return {row.key: row.value for row in found}

    def put(self, key: str, value: str) -> None:
        self._transaction.upsert(meta, {"key": key, "value": value})

    def directory_revision(self) -> int:
        carried = self._transaction.carried
        if carried.revision is None:
            carried.revision = int(self.get(_REVISION) or 0)
        return carried.revision

    def require_clock(self, now: datetime) -> None:
        self._mark(int(now.timestamp()))

    def advance_clock(self, now: datetime) -> None:
        seconds = int(now.timestamp())
        mark = self._mark(seconds)
        if mark == 0:
            self._transaction.insert_new(meta, {"key": _CLOCK, "value": str(seconds)})
        if seconds > mark:
            # Only upwards: on PostgreSQL another process may have raised it since it was read.
            older = sa.cast(meta.c.value, sa.BigInteger) < seconds
            self._transaction.execute(sa.update(meta).where(meta.c.key == _CLOCK, older).values(value=str(seconds)))
        self._transaction.carried.clock_mark = max(mark, seconds)

    def _mark(self, seconds: int) -> int:
        """The high-water mark; ClockBehind when `seconds` is too far below."""
        carried = self._transaction.carried
        mark = int(self.get(_CLOCK) or 0) if carried.clock_mark is None else carried.clock_mark
        if seconds < mark - _TOLERATED_SECONDS:
            raise ClockBehind(f"the clock is {mark - seconds} s behind the last signature", retry_after=mark - seconds)
        return mark
