"""Leader election: the one process of an installation that holds the lock runs the scheduler."""

from __future__ import annotations

import fcntl
import logging
import os
from contextlib import suppress
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Self

import sqlalchemy as sa

from pki_manager.storage.engine.failures import FOREIGN, translate_errors
from pki_manager.storage.tables.jobs import scheduler_lease

_ADVISORY_LOCK = 0x504B494D
"""Number of the advisory lock, in PostgreSQL's key space of the connected database."""

STALE_SECONDS = 10
_RENEW_SECONDS = 2

_NOW = sa.cast(sa.extract("epoch", sa.func.clock_timestamp()) * 1_000_000, sa.BigInteger)
_AGE = (_NOW - scheduler_lease.c.renewed_at).label("age")
_LEASE = sa.select(scheduler_lease.c.fence, _AGE)
_RENEW_LEASE = sa.update(scheduler_lease).values(renewed_at=_NOW)
_TAKE_LEASE = _RENEW_LEASE.values(fence=scheduler_lease.c.fence + 1).returning(scheduler_lease.c.fence)
_END_HOLDER = """SELECT pg_terminate_backend(pid) FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database
    WHERE locktype = 'advisory' AND classid = 0 AND objid = %(lock)s AND objsubid = 1 AND granted
    AND datname = current_database() AND pid <> pg_backend_pid()"""

_log = logging.getLogger(__name__)


class SchedulerLock:
    """Base class of the locks: a context manager that resigns when the block ends.

    `term` counts how often this process became the leader. If it has changed, another process may have led in between.
    """

    term = 0

    def try_lead(self) -> bool:
        """Return whether this process is the leader now. If it is not, try to become it without blocking.

        Raises StorageUnavailable if the database is unavailable; this process is then not the leader.
        """
        raise NotImplementedError

    def keep(self) -> bool:
        """Return whether this process is still the leader, and renew its lease. Any thread can call it.

        A leader that does not call it for `STALE_SECONDS` is replaced.
        """
        raise NotImplementedError

    def resign(self) -> None:
        """Give up leadership. Can be repeated."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.resign()


class FileLock(SchedulerLock):
    """An `flock` on a file in the data directory, which the kernel releases when the process dies."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    def try_lead(self) -> bool:
        if self._descriptor is not None:
            return True
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        self._descriptor = descriptor
        self.term += 1
        return True

    def keep(self) -> bool:
        return self._descriptor is not None

    def resign(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


class AdvisoryLock(SchedulerLock):
    """A PostgreSQL session lock on a separate connection. The server releases it when the connection ends.

    The connection of a frozen process does not end, so the leader renews a lease, which is timed by the database's
    clock. A process that finds the lease expired ends the leader's session. `term` is the number of the lease, which
    only increases.
    """

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._connection: sa.Connection | None = None
        self._guard = Lock()

    def try_lead(self) -> bool:
        """Return whether this process is the leader.

        The server is queried, because a broken connection has lost the lock.
        """
        with self._guard, translate_errors():
            if self._connection is not None:
                if self._renew(self._connection):
                    return True
                self._let_go()
            connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            try:
                if connection.exec_driver_sql(f"SELECT pg_try_advisory_lock({_ADVISORY_LOCK})").scalar_one():
                    self.term = connection.execute(_TAKE_LEASE).scalar_one()
                    self._connection = connection
                    return True
                if connection.execute(_LEASE).one().age > STALE_SECONDS * 1_000_000:
                    _log.warning("scheduler does not renew its lease, ending its database session")
                    connection.exec_driver_sql(_END_HOLDER, {"lock": _ADVISORY_LOCK})
                return False
            finally:
                if self._connection is not connection:
                    connection.close()

    def keep(self) -> bool:
        with self._guard, translate_errors():
            if self._connection is None:
                return False
            if self._renew(self._connection):
                return True
            self._let_go()
            return False

    def _renew(self, connection: sa.Connection) -> bool:
        try:
            fence, age = connection.execute(_LEASE).one()
            if fence != self.term:
                return False
            if age < _RENEW_SECONDS * 1_000_000:
                return True
            renewal = _RENEW_LEASE.where(scheduler_lease.c.fence == self.term)
            return connection.execute(renewal).rowcount == 1
        except FOREIGN:
            return False

    def resign(self) -> None:
        """Give up leadership: afterwards, another process can lead at once, unless the database is unavailable.

        Closing the connection alone would not be enough, as the server releases the lock some time after that.
        """
        with self._guard:
            if self._connection is not None:
                with suppress(*FOREIGN):
                    self._connection.exec_driver_sql(f"SELECT pg_advisory_unlock({_ADVISORY_LOCK})")
            self._let_go()

    def _let_go(self) -> None:
        if self._connection is not None:
            self._connection.invalidate()
            self._connection.close()
            self._connection = None


def build_scheduler_lock(engine: sa.Engine, path: Path | None) -> SchedulerLock:
    """Return the file lock at `path`, or the advisory lock if `path` is None (PostgreSQL)."""
    return AdvisoryLock(engine) if path is None else FileLock(path)
