"""What repositories run their statements through: one place for failures, one for what the two engines spell apart.

Statements on the road of an issuance are `Constant`s; the others are built anew and run by SQLAlchemy.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, overload
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from pki_manager.domain.errors import Fault, PkiError, StorageUnavailable
from pki_manager.domain.jobs import JobKind
from pki_manager.ports.audit_trail import ChainHead
from pki_manager.storage.constant import Constant, Result, command
from pki_manager.storage.failures import FOREIGN, translate
from pki_manager.storage.tables import DIRECTORY
from pki_manager.storage.turnstile import PATIENCE_SECONDS

_STREAM_ROWS = 10_000
_IS_WRITER = "pki_manager.is_writer"

Values = Mapping[str, Any]


def begin(connection: sa.Connection, *, write: bool, patience: float = PATIENCE_SECONDS) -> None:
    """BEGIN: a writer takes SQLite's one write lock at once, a reader cannot write.

    A writer waits `patience` seconds for what another session has locked: SQLite's lock here, PostgreSQL's later.

    SQLite's driver is left in autocommit mode, so that nothing begins by itself: SQLAlchemy's own BEGIN does nothing.
    """
    if connection.dialect.name == "postgresql":
        if not write:
            connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        connection.begin()
        if write:  # the driver only sends BEGIN with the first statement; a dead connection must show here
            wait_for_locks(connection, patience)
    else:
        connection.begin()
        if connection.info.get(_IS_WRITER) is not write:
            command(connection, f"PRAGMA query_only = {int(not write)}")
            connection.info[_IS_WRITER] = write
        if write:
            command(connection, f"PRAGMA busy_timeout = {round(patience * 1000)}")
        command(connection, "BEGIN IMMEDIATE" if write else "BEGIN")


def wait_for_locks(connection: sa.Connection, patience: float) -> None:
    """Seconds that each statement of this PostgreSQL transaction waits from now on; to the server, 0 means for ever."""
    command(connection, f"SET LOCAL lock_timeout = {max(1, round(patience * 1000))}")


@dataclass(frozen=True, slots=True)
class Carried:
    """What a unit of work hands on to the next in its group, so that it is read once a commit and written once.

    `audit_head` is this process' chain as of the group's last event, locked since the first; `audit_rows` are the
    events, in the order of the chain; `clock_mark` the clock's high-water mark in Unix seconds; `revision` the
    directory's. None: not yet read. `statuses` are the serial numbers whose status is to be published, with their
    issuer keys and the kind of job that is to do it. A failed unit hands on nothing.
    """

    audit_head: ChainHead | None = None
    audit_rows: tuple[Values, ...] = ()
    clock_mark: int | None = None
    revision: int | None = None
    statuses: tuple[tuple[JobKind, UUID, int], ...] = ()


class Transaction:
    """A connection inside a transaction, for as long as the unit or read that it belongs to.

    `changed_directory` tells whether one of the tables of `tables.DIRECTORY` was written to.

    All methods raise StorageUnavailable when the database is away. After a failed statement nothing more runs: the
    engine may have rolled back by itself, and what came next would be outside any transaction.
    """

    def __init__(self, connection: sa.Connection, carried: Carried = Carried()) -> None:
        self._connection = connection
        self.carried = carried
        self._ended: PkiError | None = None
        self.changed_directory = False
        self.is_postgresql = connection.dialect.name == "postgresql"

    @overload
    def execute(self, statement: Constant, values: Values | Sequence[Values] | None = None) -> Result: ...

    @overload
    def execute(
        self, statement: sa.Executable, values: Values | Sequence[Values] | None = None
    ) -> sa.CursorResult[Any]: ...

    def execute(
        self, statement: Constant | sa.Executable, values: Values | Sequence[Values] | None = None
    ) -> Result | sa.CursorResult[Any]:
        """Run one statement, with values or a list of them as its parameters."""
        self._require_open()
        if getattr(statement, "table", None) in DIRECTORY:
            self.changed_directory = True
        try:
            if isinstance(statement, Constant):
                return statement.run(self._connection, values or {})
            return self._connection.execute(statement, values)
        except FOREIGN as error:
            self._ended = translate(error)
            raise self._ended from error

    def first(self, statement: Constant | sa.Executable, values: Values | None = None) -> sa.Row[Any] | None:
        return self.execute(statement, values).first()

    def rows(self, statement: Constant | sa.Executable, values: Values | None = None) -> Sequence[sa.Row[Any]]:
        return self.execute(statement, values).all()

    def changed(self, statement: Constant | sa.Executable, values: Values | None = None) -> int:
        """Run an UPDATE or DELETE; how many rows it met."""
        return self.execute(statement, values).rowcount

    def stream(self, statement: sa.Executable) -> Iterator[Sequence[sa.Row[Any]]]:
        """Rows, thousands at a time, so that a million of them don't have to fit into memory."""
        self._require_open()
        try:
            yield from self._connection.execute(statement.execution_options(yield_per=_STREAM_ROWS)).partitions()
        except FOREIGN as error:
            raise translate(error) from error

    def insert_new(self, table: sa.Table, values: Values) -> bool:
        """Insert unless a unique key forbids; whether it did. The unit stays usable after a no."""
        return self.execute(_insert_unless_there(table, self.is_postgresql), values).rowcount == 1

    def upsert(self, table: sa.Table, values: Values) -> None:
        """Insert, or overwrite the row with the same primary key."""
        statement = _insert(table, self.is_postgresql)
        keys = [column.name for column in table.primary_key]
        fresh = {name: statement.excluded[name] for name in values if name not in keys}
        self.execute(statement.on_conflict_do_update(index_elements=keys, set_=fresh), values)

    def require_sound(self) -> None:
        """Raise what failed, also where the unit has swallowed it: half a unit is never kept."""
        if self._ended is not None:
            raise self._ended

    def end(self) -> None:
        """The unit is over: whoever kept a repository of it gets a Fault."""
        self._ended = self._ended or Fault("a repository was used after its unit of work had ended")

    def _require_open(self) -> None:
        if isinstance(self._ended, Fault):
            raise self._ended
        if self._ended is not None:
            raise StorageUnavailable("the unit of work has already failed", cause=repr(self._ended))


def _insert(table: sa.Table, is_postgresql: bool) -> postgresql.Insert | sqlite.Insert:  # noqa: FBT001
    return postgresql.insert(table) if is_postgresql else sqlite.insert(table)


@cache
def _insert_unless_there(table: sa.Table, is_postgresql: bool) -> Constant:  # noqa: FBT001
    return Constant(_insert(table, is_postgresql).on_conflict_do_nothing())
