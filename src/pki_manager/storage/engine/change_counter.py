"""A counter that changes whenever any process commits, without an additional statement in each commit."""

from __future__ import annotations

import hashlib
from threading import Lock
from typing import Protocol

import sqlalchemy as sa

from pki_manager.storage.engine.compiled_statement import scalar
from pki_manager.storage.engine.failures import translate_errors


class ChangeCounter(Protocol):
    """The change counter of one engine."""

    def value(self) -> int:
        """Return a number that differs after any process has committed.

        Raises StorageUnavailable if the database is unavailable.
        """
        ...

    def close(self) -> None: ...


def change_counter(engine: sa.Engine) -> ChangeCounter:
    """Return the counter for the engine."""
    return _SnapshotCounter(engine) if engine.dialect.name == "postgresql" else _DataVersionCounter(engine)


class _DataVersionCounter:
    """Change counter of SQLite: `PRAGMA data_version` of a connection that never writes.

    The number changes with every commit of any other connection. It is comparable within one connection only, so one
    connection is kept open. If it must be replaced, the new connection's numbers are in another range.
    """

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._connection: sa.Connection | None = None
        self._connections = 0
        self._lock = Lock()

    def value(self) -> int:
        with self._lock, translate_errors():
            if self._connection is None or self._connection.invalidated:
                self._connection = self._engine.connect()
                self._connections += 1
            # Outside any transaction of the driver: inside one, the answer would stand still.
            return (self._connections << 32) + scalar(self._connection, "PRAGMA data_version")

    def close(self) -> None:
        with self._lock:
            if self._connection is not None:
                self._connection.close()


class _SnapshotCounter:
    """Change counter of PostgreSQL, from the current snapshot.

    The snapshot names the finished transactions, so every commit (and every rollback) changes it.
    """

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def value(self) -> int:
        with translate_errors(), self._engine.connect() as connection:
            snapshot = str(connection.exec_driver_sql("SELECT pg_current_snapshot()::text").scalar_one())
        return int.from_bytes(hashlib.sha256(snapshot.encode()).digest()[:7], "big")

    def close(self) -> None:
        """Do nothing: this counter keeps no connection open."""
