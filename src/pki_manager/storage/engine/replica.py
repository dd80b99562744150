"""Reads from a PostgreSQL replica, only while it is known to be recent.

A sample is the position in the write-ahead log of the primary server, and a moment before it was read. A replica that
has replayed a sample's position has every commit from before that moment. Only this process's clock is used.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Iterable
from threading import Lock
from typing import NamedTuple

import sqlalchemy as sa

from pki_manager.domain.errors import PkiError
from pki_manager.storage.engine.failures import translate_errors

MAX_STALENESS = 5.0
"""Seconds by which data from the replica can be out of date. If it is, or may be, the primary server is read."""

REST = 10.0
"""Seconds without a read from the replica after it failed."""

_SAMPLE_EVERY = 0.5
_DATABASE = "(SELECT oid FROM pg_database WHERE datname = current_database())::bigint AS database"
_POSITION = """SELECT {}, (SELECT system_identifier FROM pg_control_system()) AS system,
    (SELECT timeline_id FROM pg_control_checkpoint()) AS timeline, ({} - '0/0')::bigint AS replayed,
    pg_is_in_recovery() AS is_replica"""
_OF_PRIMARY = _POSITION.format(_DATABASE, "pg_current_wal_lsn()")
_OF_REPLICA = _POSITION.format(_DATABASE, "pg_last_wal_replay_lsn()")

_log = logging.getLogger(__name__)


class _Origin(NamedTuple):
    """What a server and its replicas have in common, until one of the replicas takes over."""

    system: int
    timeline: int
    database: int


class _Sample(NamedTuple):
    moment: float
    origin: _Origin
    position: int


class Replica:
    """The replica of one process. Thread-safe."""

    def __init__(self, engine: sa.Engine, primary: sa.Engine, monotonic: Callable[[], float]) -> None:
        self._engine = engine
        self._primary = primary
        self._monotonic = monotonic
        self._samples: deque[_Sample] = deque()
        self._changes: dict[str, float] = {}
        self._rest_until = float("-inf")
        self._is_used = False
        self._lock = Lock()

    def note_changes(self, actors: Iterable[str]) -> None:
        """Remember that a transaction with units of these actors has ended, so that each sees their own changes."""
        now = self._monotonic()
        with self._lock:
            for actor in actors:
                self._changes.pop(actor, None)
                self._changes[actor] = now
            while self._changes and next(iter(self._changes.values())) < now - MAX_STALENESS:
                del self._changes[next(iter(self._changes))]

    def connect(self, actor: str) -> sa.Connection | None:
        """Return a connection to the replica if it is known to be recent.

        It then has every commit that is older than `MAX_STALENESS`, and those of this process with changes of the
        actor. Returns None if the replica may be out of date, or is unavailable.
        """
        now = self._monotonic()
        if now < self._rest_until:
            return None
        with self._lock:
            changed = self._changes.get(actor, float("-inf"))
        try:
            self._sample(now, changed)
            with translate_errors():
                connection = self._engine.connect()
        except PkiError as error:
            self.rest(error.detail)
            return None
        try:
            is_recent = self._is_recent(connection, changed)
        except PkiError as error:
            connection.close()
            self.rest(error.detail)
            return None
        if is_recent:
            self._note_use()
            return connection
        connection.close()
        return None

    def rest(self, reason: str) -> None:
        """Read from the primary server for `REST` seconds, because the replica failed."""
        with self._lock:
            is_first, self._is_used = self._is_used, False
            self._rest_until = self._monotonic() + REST
        log = _log.warning if is_first else _log.debug
        log("read replica unavailable, reading from the primary database", extra={"reason": reason})

    def close(self) -> None:
        self._engine.dispose()

    def _note_use(self) -> None:
        if not self._is_used:
            self._is_used = True
            _log.info("reading lists from the read replica")

    def _sample(self, now: float, changed: float) -> None:
        """Forget samples that are too old, and take a new one if it is due."""
        with self._lock:
            while self._samples and self._samples[0].moment < now - MAX_STALENESS:
                self._samples.popleft()
            newest = self._samples[-1].moment if self._samples else float("-inf")
        if newest > changed and now - newest < _SAMPLE_EVERY:
            return
        row = _read_position(self._primary, _OF_PRIMARY)
        sample = _Sample(now, _Origin(row.system, row.timeline, row.database), row.replayed)
        with self._lock:
            self._samples.append(sample)

    def _is_recent(self, connection: sa.Connection, changed: float) -> bool:
        # In a transaction of its own, so that the snapshot of the reads is taken after the position.
        with translate_errors():
            row = connection.exec_driver_sql(_OF_REPLICA).one()
            connection.rollback()
        origin = _Origin(row.system, row.timeline, row.database)
        with self._lock:
            samples = tuple(self._samples)
        return row.is_replica and any(
            one.moment > changed and one.origin == origin and one.position <= row.replayed for one in samples
        )


def find_replica_fault(replica: sa.Engine, primary: sa.Engine) -> str | None:
    """Return why a database is not a replica of the primary database, or None if it is.

    Raises StorageUnavailable if one of them is unavailable.
    """
    copy = _read_position(replica, _OF_REPLICA)
    if not copy.is_replica:
        return "is not a replica: it accepts changes"
    original = _read_position(primary, _OF_PRIMARY)
    if copy.system != original.system:
        return "is a replica of another PostgreSQL server than that of database_url"
    if copy.database != original.database:
        return "is another database than that of database_url"
    return None


def _read_position(engine: sa.Engine, statement: str) -> sa.Row[tuple[int, ...]]:
    with translate_errors(), engine.connect() as connection:
        return connection.exec_driver_sql(statement).one()
