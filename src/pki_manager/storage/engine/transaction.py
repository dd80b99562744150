"""Transactions that run the statements of repositories. They translate errors and hide differences of the engines.

Statements of every issuance are `CompiledStatement`s. SQLAlchemy builds and runs all others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, cast, overload

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from pki_manager.domain.errors import Fault, PkiError, StorageUnavailable
from pki_manager.storage.engine.bulk_statement import BulkStatement, Row
from pki_manager.storage.engine.compiled_statement import CompiledStatement, StatementResult, get_driver, run_command
from pki_manager.storage.engine.draft import Assumptions
from pki_manager.storage.engine.failures import FOREIGN, translate
from pki_manager.storage.engine.group_state import GroupState
from pki_manager.storage.engine.locks import PATIENCE_SECONDS
from pki_manager.storage.tables.columns import metadata
from pki_manager.storage.tables.pki import DIRECTORY

_STREAM_ROWS = 10_000
_IS_WRITER = "pki_manager.is_writer"
_PATIENCE = "pki_manager.patience"

Values = Mapping[str, Any]

DIRECTORY_LOCK: sa.ColumnClause[int] = sa.literal_column("1347373121")
"""Number of the advisory lock on the directory, in PostgreSQL's key space of the connected database."""

_LOCK_DIRECTORY = CompiledStatement(sa.select(sa.func.pg_advisory_xact_lock(DIRECTORY_LOCK).label("locked")))


def begin(connection: sa.Connection, *, write: bool, patience: float = PATIENCE_SECONDS) -> None:
    """Begin a transaction. A writer acquires SQLite's write lock at once; a reader cannot write.

    A writer waits up to `patience` seconds for locks of other sessions: in this call on SQLite, in later statements on
    PostgreSQL. SQLite's driver is in autocommit mode, so SQLAlchemy's BEGIN has no effect there.
    """
    if connection.dialect.name == "postgresql":
        if not write:
            connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        connection.begin()
        if write:  # the driver only sends BEGIN with the first statement; a dead connection must show here
            with get_driver(connection).brief():
                wait_for_locks(connection, patience)
    else:
        connection.begin()
        if connection.info.get(_IS_WRITER) is not write:
            run_command(connection, f"PRAGMA query_only = {int(not write)}")
            connection.info[_IS_WRITER] = write
        milliseconds = round(patience * 1000)
        if write and connection.info.get(_PATIENCE) != milliseconds:
            run_command(connection, f"PRAGMA busy_timeout = {milliseconds}")
            connection.info[_PATIENCE] = milliseconds
        run_command(connection, "BEGIN IMMEDIATE" if write else "BEGIN")


def wait_for_locks(connection: sa.Connection, patience: float) -> None:
    """Set how many seconds each statement of this PostgreSQL transaction waits for locks."""
    run_command(connection, f"SET LOCAL lock_timeout = {max(1, round(patience * 1000))}")


class Transaction:
    """A connection in a transaction, for one unit of work or one read.

    `changed_directory` states whether a table of `tables.DIRECTORY` was written. All methods raise StorageUnavailable
    if the database is unavailable. After a failed statement no further statement runs, because the engine may have
    rolled back, and the statement would run outside any transaction.
    """

    def __init__(
        self,
        connection: sa.Connection,
        group_state: GroupState | None = None,
        savepoint: Callable[[], None] | None = None,
        renew: Callable[[], tuple[sa.Connection, GroupState] | None] | None = None,
        assumptions: Assumptions | None = None,
    ) -> None:
        """Create the transaction.

        `savepoint` is called before the first statement, so a unit without statements has no cost.

        `renew` commits the group's earlier units and returns the connection and state of a new group, or None if that
        is not necessary. `assumptions` collects the assumptions of a draft, whose units run no statement.
        """
        self.assumptions = assumptions
        self._connection = connection
        self.group_state = group_state or GroupState()
        self._savepoint = savepoint
        self._renew = renew
        self._has_begun = False
        self._ended: PkiError | None = None
        self.changed_directory = False
        self.is_postgresql = connection.dialect.name == "postgresql"

    @overload
    def execute(self, statement: CompiledStatement, values: Values | None = None) -> StatementResult: ...

    @overload
    def execute(
        self, statement: sa.Executable, values: Values | Sequence[Values] | None = None
    ) -> sa.CursorResult[Any]: ...

    def execute(
        self, statement: CompiledStatement | sa.Executable, values: Values | Sequence[Values] | None = None
    ) -> StatementResult | sa.CursorResult[Any]:
        """Run one statement with values, or for SQLAlchemy statements also with a list of them.

        Raises StorageUnavailable if the database is unavailable.
        """
        self._prepare(statement)
        if not self.changed_directory and getattr(statement, "table", None) in DIRECTORY:
            self.change_directory()
        try:
            if isinstance(statement, CompiledStatement):
                return statement.run(self._connection, cast("Values | None", values) or {})
            return self._connection.execute(statement, values)
        except FOREIGN as error:
            raise self._failed(translate(error)) from error

    def defer(self, statement: BulkStatement, values: Values) -> None:
        """Store a row later: before the next statement that reads its table, or at the end of the group.

        The database must accept the row, otherwise the whole group fails. Text that no column can store is refused at
        once, as by `execute`. Raises Fault outside a unit of work.
        """
        row = self.row(statement, values)
        if self._savepoint is None:
            raise Fault("Rows were deferred outside a unit of work.")
        self.group_state.rows.setdefault(statement, []).append(row)

    def row(self, statement: BulkStatement, values: Values) -> Row:
        """Return the values of a row in the form that `write` expects."""
        self._require_open()
        try:
            return statement.row(self._connection.dialect, values)
        except FOREIGN as error:
            raise self._failed(translate(error)) from error

    def flush_deferred(self) -> None:
        """Write the rows that units of work of this group deferred, in the order of their tables."""
        handed_on, self.group_state.rows = self.group_state.rows, {}
        for statement in sorted(handed_on, key=lambda statement: _rank(statement.table)):
            self.write(statement, handed_on[statement])

    def write(self, statement: BulkStatement, rows: Sequence[Row]) -> None:
        """Write rows that `row` returned. Raises Fault if one of them changes no row."""
        self._begin()
        try:
            met = statement.run(self._connection, rows)
        except FOREIGN as error:
            raise self._failed(translate(error)) from error
        if met != len(rows):
            raise self._failed(Fault(f"A statement wrote {met} of {len(rows)} rows."))

    def first(self, statement: CompiledStatement | sa.Executable, values: Values | None = None) -> sa.Row[Any] | None:
        """Run a query and return its first row, or None."""
        return self.execute(statement, values).first()

    def rows(self, statement: CompiledStatement | sa.Executable, values: Values | None = None) -> Sequence[sa.Row[Any]]:
        """Run a query and return its rows."""
        return self.execute(statement, values).all()

    def lock_directory(self) -> None:
        """Lock the directory until the commit: no other process can change it or store decisions based on it.

        On SQLite the unit is the only writer. On PostgreSQL this waits for the processes that share the lock
        (`SqlMeta.get_directory_revision`). If it is the first statement of a unit, the group is committed before: two
        processes that share the lock and both wait for exclusive access would deadlock. For the same reason the group
        ends with the unit.
        """
        if not self.is_postgresql or self.group_state.meta.is_directory_locked:
            return
        self._require_open()
        if not self._has_begun and self._renew is not None and (renewed := self._renew()) is not None:
            self._connection, self.group_state = renewed
        self.execute(_LOCK_DIRECTORY)
        self.group_state.meta.is_directory_locked = self.group_state.is_last = True

    def change_directory(self) -> None:
        """Lock the directory and record that this unit changes it."""
        self.lock_directory()
        self.changed_directory = True

    def lock(self, statement: sa.Select[Any]) -> Sequence[sa.Row[Any]]:
        """Return rows and lock them: no other process can change them until the commit.

        On SQLite no lock is needed, because the unit is the only writer.
        """
        # Rows that refer to them can still be inserted: only changes have to wait.
        self.group_state.is_last |= self.is_postgresql
        return self.rows(statement.with_for_update(key_share=True))

    def changed(self, statement: CompiledStatement | sa.Executable, values: Values | None = None) -> int:
        """Run an UPDATE or DELETE. Returns how many rows it changed."""
        return self.execute(statement, values).rowcount

    def changed_unless_taken(self, statement: sa.Executable) -> int:
        """Run an UPDATE. Returns the number of changed rows, or 0 if a unique key prevents the change.

        This includes a key that another process commits at the same moment. The unit can continue.
        """
        self._prepare(statement)
        try:
            with self._connection.begin_nested():
                return self._connection.execute(statement).rowcount
        except sa.exc.IntegrityError:
            return 0
        except FOREIGN as error:
            raise self._failed(translate(error)) from error

    def stream(self, statement: sa.Executable) -> Iterator[Sequence[sa.Row[Any]]]:
        """Yield rows in batches of thousands, so that they need not fit into memory.

        Raises the errors of `execute`.
        """
        self._prepare(statement)
        try:
            yield from self._connection.execute(statement.execution_options(yield_per=_STREAM_ROWS)).partitions()
        except FOREIGN as error:
            raise translate(error) from error

    def insert_new(self, table: sa.Table, values: Values) -> bool:
        """Insert a row unless a unique key prevents it. Returns whether the row was inserted. The unit can continue."""
        return self.execute(_insert_unless_there(table, is_postgresql=self.is_postgresql), values).rowcount == 1

    def upsert(self, table: sa.Table, values: Values) -> None:
        """Insert a row, or overwrite the row with the same primary key."""
        statement = _insert(table, is_postgresql=self.is_postgresql)
        keys = [column.name for column in table.primary_key]
        fresh = {name: statement.excluded[name] for name in values if name not in keys}
        self.execute(statement.on_conflict_do_update(index_elements=keys, set_=fresh), values)

    @property
    def is_unit(self) -> bool:
        """Return whether this is a unit of work."""
        return self._savepoint is not None

    def require_sound(self) -> None:
        """Raise the error of an earlier statement, even if the unit has caught it, so that no part of it is kept."""
        if self._ended is not None:
            raise self._ended

    def end(self) -> None:
        """End the transaction. From now on its repositories raise Fault."""
        self._ended = self._ended or Fault("A repository was used after its unit of work had ended.")

    def _prepare(self, statement: CompiledStatement | sa.Executable) -> None:
        """Write the deferred rows of the tables that the statement reads, then set the savepoint if necessary."""
        self._require_open()
        handed_on = self.group_state.rows
        if handed_on and (
            not isinstance(statement, CompiledStatement)
            or any(several.table in statement.tables for several in handed_on)
        ):
            self.flush_deferred()
        self._begin()

    def _begin(self) -> None:
        if self._savepoint is not None and not self._has_begun:
            self._has_begun = True
            self._savepoint()

    def _failed(self, error: PkiError) -> PkiError:
        self._ended = error
        return error

    def _require_open(self) -> None:
        if isinstance(self._ended, Fault):
            raise self._ended
        if self._ended is not None:
            raise StorageUnavailable("The unit of work has already failed.", cause=repr(self._ended))


@lru_cache(maxsize=256)
def _rank(table: sa.Table) -> int:
    """Return the position of a table in the order of insertion: tables that others refer to come first."""
    return metadata.sorted_tables.index(table)


def _insert(table: sa.Table, *, is_postgresql: bool) -> postgresql.Insert | sqlite.Insert:
    return postgresql.insert(table) if is_postgresql else sqlite.insert(table)


@lru_cache(maxsize=256)
def _insert_unless_there(table: sa.Table, *, is_postgresql: bool) -> CompiledStatement:
    return CompiledStatement(_insert(table, is_postgresql=is_postgresql).on_conflict_do_nothing())
