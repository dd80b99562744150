"""What repositories run their statements through: one place for failures, one for what the two engines spell apart.

Statements that each issuance runs are `CompiledStatement`s; the others are built again and run by SQLAlchemy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, cast, overload
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from pki_manager.domain.errors import Fault, PkiError, StorageUnavailable
from pki_manager.domain.jobs import JobKind
from pki_manager.ports.audit_trail import ChainHead
from pki_manager.ports.status_log import StatusSubject
from pki_manager.storage.engine.bulk_statement import BulkStatement, Row
from pki_manager.storage.engine.compiled_statement import CompiledStatement, StatementResult, command
from pki_manager.storage.engine.draft import Assumptions
from pki_manager.storage.engine.failures import FOREIGN, translate
from pki_manager.storage.engine.guarded_clock import ClockReading
from pki_manager.storage.engine.locks import PATIENCE_SECONDS
from pki_manager.storage.tables.columns import metadata
from pki_manager.storage.tables.pki import DIRECTORY

_STREAM_ROWS = 10_000
_IS_WRITER = "pki_manager.is_writer"
_PATIENCE = "pki_manager.patience"

Values = Mapping[str, Any]

DIRECTORY_LOCK: sa.ColumnClause[int] = sa.literal_column("1347373121")
"""The number of an advisory lock, in PostgreSQL's key space of the connected database."""

_LOCK_DIRECTORY = CompiledStatement(sa.select(sa.func.pg_advisory_xact_lock(DIRECTORY_LOCK).label("locked")))


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
        milliseconds = round(patience * 1000)
        if write and connection.info.get(_PATIENCE) != milliseconds:
            command(connection, f"PRAGMA busy_timeout = {milliseconds}")
            connection.info[_PATIENCE] = milliseconds
        command(connection, "BEGIN IMMEDIATE" if write else "BEGIN")


def wait_for_locks(connection: sa.Connection, patience: float) -> None:
    """Seconds that each statement of this PostgreSQL transaction waits from now on; to the server, 0 means no limit."""
    command(connection, f"SET LOCAL lock_timeout = {max(1, round(patience * 1000))}")


@dataclass(slots=True)
class GroupState:
    """What a unit of work hands on to the next in its group, so that it is read once a commit and written once.

    `audit_head` is this process' chain as of the group's last event, locked since the first; `clock` what
    the database says about time; `revision` the directory's. None: not yet read. `issuing` holds of enrollments,
    locked since, whether they are being issued; to units of one thread only. `reserved` are issuer keys and serial
    numbers that no certificate may have, `statuses` those whose status is to be published, and the kind of job that
    is to do it; `publications` are CRLs and CA certificates that changed (subject, issuer key, None, shard). `events`
    are the audit events in the order of the chain, `rows` what else is to be written. `counts` are changes of the
    numbers of certificates, by group.

    `is_last`: the unit has locked rows that units of other processes wait for, so the group ends with it. Units that
    lock in one order cannot deadlock; groups of such units could.

    `holds_directory`: `Transaction.lock_directory` is in force. `other_heads` are the heads of other processes' chains,
    whose events are among `events`.

    A unit works on a copy: one that fails hands on nothing, and what it wrote of its neighbours' rows is written again.
    """

    audit_head: ChainHead | None = None
    clock: ClockReading | None = None
    revision: int | None = None
    issuing: dict[UUID, bool] = field(default_factory=dict)
    reserved: list[tuple[UUID, int]] = field(default_factory=list)
    statuses: list[tuple[JobKind, UUID, int]] = field(default_factory=list)
    publications: list[tuple[StatusSubject, UUID, int | None, int | None]] = field(default_factory=list)
    events: list[Row] = field(default_factory=list)
    rows: dict[BulkStatement, list[Row]] = field(default_factory=dict)
    counts: dict[tuple[Any, ...], int] = field(default_factory=dict)
    is_last: bool = False
    holds_directory: bool = False
    other_heads: dict[str, ChainHead] = field(default_factory=dict)

    def copy(self) -> GroupState:
        return GroupState(
            self.audit_head,
            self.clock,
            self.revision,
            self.issuing.copy(),
            self.reserved.copy(),
            self.statuses.copy(),
            self.publications.copy(),
            self.events.copy(),
            {statement: rows.copy() for statement, rows in self.rows.items()},
            self.counts.copy(),
            self.is_last,
            self.holds_directory,
            self.other_heads.copy(),
        )


class Transaction:
    """A connection inside a transaction, for as long as the unit or read that it belongs to.

    `changed_directory` says whether one of the tables of `tables.DIRECTORY` was written to.

    All methods raise StorageUnavailable when the database is away. After a failed statement nothing more runs: the
    engine may have rolled back by itself, and what came next would be outside any transaction.
    """

    def __init__(
        self,
        connection: sa.Connection,
        group_state: GroupState | None = None,
        savepoint: Callable[[], None] | None = None,
        renew: Callable[[], tuple[sa.Connection, GroupState] | None] | None = None,
        assumptions: Assumptions | None = None,
    ) -> None:
        """`savepoint` is set before the first statement; a unit that runs none costs none.

        `renew` commits the group's earlier units and returns what a new group begins with; None where it need not.
        `assumptions` collects those of a draft, whose units run no statement.
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
        """Run one statement, with values (or, of SQLAlchemy, a list of them) as its parameters."""
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
        """A row to be written: before anything else looks at its table, or with those of its neighbours, at the end.

        It must be one that the database does not refuse: then the whole group fails, and nothing of it is kept. Text
        that no column can hold is refused at once, as by `execute`.
        """
        row = self.row(statement, values)
        if self._savepoint is None:
            raise Fault("Rows were deferred outside a unit of work.")
        self.group_state.rows.setdefault(statement, []).append(row)

    def row(self, statement: BulkStatement, values: Values) -> Row:
        """As `write` takes it."""
        self._require_open()
        try:
            return statement.row(self._connection.dialect, values)
        except FOREIGN as error:
            raise self._failed(translate(error)) from error

    def flush_deferred(self) -> None:
        handed_on, self.group_state.rows = self.group_state.rows, {}
        for statement in sorted(handed_on, key=lambda statement: _rank(statement.table)):
            self.write(statement, handed_on[statement])

    def write(self, statement: BulkStatement, rows: Sequence[Row]) -> None:
        """Rows of `BulkStatement.row`; Fault when one is not there to be changed."""
        self._begin()
        try:
            met = statement.run(self._connection, rows)
        except FOREIGN as error:
            raise self._failed(translate(error)) from error
        if met != len(rows):
            raise self._failed(Fault(f"A statement wrote {met} of {len(rows)} rows."))

    def first(self, statement: CompiledStatement | sa.Executable, values: Values | None = None) -> sa.Row[Any] | None:
        return self.execute(statement, values).first()

    def rows(self, statement: CompiledStatement | sa.Executable, values: Values | None = None) -> Sequence[sa.Row[Any]]:
        return self.execute(statement, values).all()

    def lock_directory(self) -> None:
        """Until the commit no other process changes the directory, or stores what it decided by it.

        On SQLite the unit is the only writer. On PostgreSQL this waits for those who hold the lock shared
        (`SqlMeta.directory_revision`); they do not get it again before this, however many they are.

        A unit whose first statement this is leaves the locks of its group behind: two processes that hold the lock
        shared, and both want it alone, would wait for each other. For the same reason the group ends with the unit.
        """
        if not self.is_postgresql or self.group_state.holds_directory:
            return
        self._require_open()
        if not self._has_begun and self._renew is not None and (renewed := self._renew()) is not None:
            self._connection, self.group_state = renewed
        self.execute(_LOCK_DIRECTORY)
        self.group_state.holds_directory = self.group_state.is_last = True

    def change_directory(self) -> None:
        """The unit is about to change what issuing decides by."""
        self.lock_directory()
        self.changed_directory = True

    def lock(self, statement: sa.Select[Any]) -> Sequence[sa.Row[Any]]:
        """Rows as of now, which no other process changes until the commit. On SQLite the unit is the only writer."""
        # Rows that refer to them can still be inserted: only changes have to wait.
        self.group_state.is_last |= self.is_postgresql
        return self.rows(statement.with_for_update(key_share=True))

    def changed(self, statement: CompiledStatement | sa.Executable, values: Values | None = None) -> int:
        """Run an UPDATE or DELETE; how many rows it met."""
        return self.execute(statement, values).rowcount

    def changed_unless_taken(self, statement: sa.Executable) -> int:
        """Run an UPDATE; 0 where another row has a value of a unique key, also one that commits at the same moment.

        The unit stays usable.
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
        """Rows, thousands at a time, so that a million of them don't have to fit into memory."""
        self._prepare(statement)
        try:
            yield from self._connection.execute(statement.execution_options(yield_per=_STREAM_ROWS)).partitions()
        except FOREIGN as error:
            raise translate(error) from error

    def insert_new(self, table: sa.Table, values: Values) -> bool:
        """Insert unless a unique key forbids; whether it did. The unit stays usable after a no."""
        return self.execute(_insert_unless_there(table, is_postgresql=self.is_postgresql), values).rowcount == 1

    def upsert(self, table: sa.Table, values: Values) -> None:
        """Insert, or overwrite the row with the same primary key."""
        statement = _insert(table, is_postgresql=self.is_postgresql)
        keys = [column.name for column in table.primary_key]
        fresh = {name: statement.excluded[name] for name in values if name not in keys}
        self.execute(statement.on_conflict_do_update(index_elements=keys, set_=fresh), values)

    @property
    def is_unit(self) -> bool:
        """Whether it writes."""
        return self._savepoint is not None

    def require_sound(self) -> None:
        """Raise what failed, also where the unit has swallowed it: half a unit is never kept."""
        if self._ended is not None:
            raise self._ended

    def end(self) -> None:
        """The unit is over: using a kept repository of it raises a Fault."""
        self._ended = self._ended or Fault("A repository was used after its unit of work had ended.")

    def _prepare(self, statement: CompiledStatement | sa.Executable) -> None:
        """All that was handed on lies there for the statement, if it looks where that belongs."""
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
    """What others point to comes first."""
    return metadata.sorted_tables.index(table)


def _insert(table: sa.Table, *, is_postgresql: bool) -> postgresql.Insert | sqlite.Insert:
    return postgresql.insert(table) if is_postgresql else sqlite.insert(table)


@lru_cache(maxsize=256)
def _insert_unless_there(table: sa.Table, *, is_postgresql: bool) -> CompiledStatement:
    return CompiledStatement(_insert(table, is_postgresql=is_postgresql).on_conflict_do_nothing())
