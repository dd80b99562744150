"""One scheduler per installation: whoever holds the lock leads, until it resigns or dies."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from types import TracebackType
from typing import Self

import sqlalchemy as sa

from pki_manager.storage.failures import FOREIGN, translated

_ADVISORY_LOCK = 0x504B494D
"""The number of the advisory lock, in PostgreSQL's key space of the connected database."""


class SchedulerLock:
    """Base: a context manager that resigns at its end. Used by one thread.

    `term` counts how often this process has taken the lead: another number means that another process may have led
    in between.
    """

    term = 0

    def try_lead(self) -> bool:
        """Whether this process leads now; asks for the lock if it does not have it. Never blocks.

        StorageUnavailable when the database is away: then nobody here leads.
        """
        raise NotImplementedError

    def resign(self) -> None:
        """Let another lead; fine when not leading."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.resign()


class FileLock(SchedulerLock):
    """An `flock` on a file in the home: the kernel lets go of it when the process dies."""

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

    def resign(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


class AdvisoryLock(SchedulerLock):
    """A PostgreSQL session lock on a connection of its own: the server lets go of it when the connection ends."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._connection: sa.Connection | None = None

    def try_lead(self) -> bool:
        """Asks the server each time: a connection that died took the lock with it."""
        with translated():
            if self._connection is not None:
                try:
                    self._connection.exec_driver_sql("SELECT 1")
                except FOREIGN:
                    self.resign()
                else:
                    return True
            connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            if connection.exec_driver_sql(f"SELECT pg_try_advisory_lock({_ADVISORY_LOCK})").scalar_one():
                self._connection = connection
                self.term += 1
                return True
            connection.close()
            return False

    def resign(self) -> None:
        if self._connection is not None:
            self._connection.invalidate()
            self._connection.close()
            self._connection = None


def scheduler_lock(engine: sa.Engine, path: Path | None) -> SchedulerLock:
    """The file lock at `path`, or the advisory lock where there is no path (PostgreSQL)."""
    return AdvisoryLock(engine) if path is None else FileLock(path)
