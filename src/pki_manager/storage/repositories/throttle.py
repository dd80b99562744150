"""Stored failed attempts, by a hash of the account or address."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from pki_manager.ports.people import Failures
from pki_manager.storage.engine.transaction import Transaction
from pki_manager.storage.tables.people import throttle

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
_NO_FAILURES = {"failures": 0, "last_failure_at": _LONG_AGO, "blocked_until": _LONG_AGO}


class SqlThrottle:
    """Implements ports.people.Throttle."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def find(self, keys: Sequence[bytes]) -> dict[bytes, Failures]:
        return _failures(self._transaction.rows(_of(keys).where(throttle.c.failures > 0)))

    def lock(self, keys: Sequence[bytes]) -> dict[bytes, Failures]:
        """Return the failures of the keys, and lock their rows.

        Missing rows are created. All processes use the same order, which prevents deadlocks. `prune` of another process
        can delete a row between the two statements; it is created again.
        """
        found: dict[bytes, Failures] = {}
        while missing := sorted(set(keys) - found.keys()):
            for key in missing:
                self._transaction.insert_new(throttle, {"key": key, **_NO_FAILURES})
            found |= _failures(self._transaction.lock(_of(missing).order_by(throttle.c.key)))
        return found

    def put(self, key: bytes, failures: Failures) -> None:
        row = {
            "key": key,
            "failures": failures.count,
            "last_failure_at": failures.last,
            "blocked_until": failures.blocked_until,
        }
        self._transaction.upsert(throttle, row)

    def forget(self, key: bytes) -> None:
        """Set the failures of a key to none. `prune` deletes the row: other transactions can wait for it now."""
        self._transaction.execute(sa.update(throttle).where(throttle.c.key == key).values(_NO_FAILURES))

    def prune(self, before: datetime) -> int:
        return self._transaction.changed(sa.delete(throttle).where(throttle.c.last_failure_at < before))


def _of(keys: Sequence[bytes]) -> sa.Select[Any]:
    return sa.select(throttle).where(throttle.c.key.in_(keys))


def _failures(rows: Sequence[sa.Row[Any]]) -> dict[bytes, Failures]:
    return {bytes(row.key): Failures(row.failures, row.last_failure_at, row.blocked_until) for row in rows}
