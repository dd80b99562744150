"""Group commit: each process has one writing connection, and several units of work share one commit.

During a unit, only that unit uses the connection, inside a savepoint. At the end of the unit, the group is committed if
no unit waits, or if the group is full or old enough. Otherwise the next unit in the queue gets the connection. The
thread of a unit continues only when its group is on disk or has failed.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from types import TracebackType

import sqlalchemy as sa

from pki_manager.domain.errors import Fault, PkiError, StorageUnavailable
from pki_manager.ports.clock import Clock
from pki_manager.storage.engine.compiled_statement import run_command
from pki_manager.storage.engine.failures import FOREIGN, build_unavailable, translate
from pki_manager.storage.engine.group_state import GroupState
from pki_manager.storage.engine.locks import PATIENCE_SECONDS, FairLock, InterProcessLock
from pki_manager.storage.engine.transaction import Transaction, begin, wait_for_locks

_MAX_UNITS = 64
_MAX_AGE_SECONDS = 0.005


class _Group:
    """A group of units that share a commit."""

    def __init__(self, connection: sa.Connection, opened: float, until: float) -> None:
        """Create a group. Its statements wait for locks until `until`, in monotonic seconds like `opened`."""
        self.connection = connection
        self.opened = opened
        self.until = until
        self.units = 0
        self.group_state = GroupState()
        self.failure: BaseException | None = None
        self.settled = threading.Event()

    def wait_for_commit(self, seconds: float | None) -> None:
        """Wait for the commit. Raises StorageUnavailable if it failed or takes longer than `seconds`.

        Each unit gets a new error object.
        """
        if not self.settled.wait(seconds):
            raise StorageUnavailable("The database is locked by another unit of work.", held=True, retry_after=1)
        if self.failure is not None:
            raise build_unavailable(self.failure) from self.failure


class Writer:
    """The writing connection of a process. `processes` is the lock among processes, or None for PostgreSQL.

    `conclude` is called in each group's transaction before its commit, with the state that the group's units collected.
    """

    def __init__(
        self,
        engine: sa.Engine,
        *,
        clock: Clock,
        processes: InterProcessLock | None,
        conclude: Callable[[Transaction], None] = lambda _: None,
        patience: float = PATIENCE_SECONDS,
    ) -> None:
        self._engine = engine
        self.conclude = conclude
        self._clock = clock
        self._processes = processes
        self._patience = patience
        self._turnstile = FairLock()
        self._connection: sa.Connection | None = None
        self._group: _Group | None = None
        self._closed = False
        self.failure: StorageUnavailable | None = None
        """Reason why the last unit could not be stored. None after a unit was stored again."""

    @contextmanager
    def unit(self, patience: float | None = None) -> Iterator[Transaction]:
        """Run one unit of work. It is durable after the block, and rolled back if the block raises.

        Units of a group share a failed commit, but not a failed unit. `patience` (seconds) also limits how long the
        unit waits for its commit. Raises StorageUnavailable if the unit could not be made durable, or after waiting too
        long for other units and their locks; Fault if the thread is already inside a unit.
        """
        with self.units(patience) as begin, begin() as transaction:
            yield transaction

    @contextmanager
    def units(self, patience: float | None = None) -> Iterator[Callable[[], AbstractContextManager[Transaction]]]:
        """Run several units of one thread in one commit. All are durable after the block.

        Each unit can fail alone. Raises the errors of `unit`.
        """
        until = self._clock.monotonic() + (self._patience if patience is None else patience)
        try:
            self._enter(self._left(until))
            try:
                units = _Units(self, until)
                yield units.unit
                units.group.group_state.enrollments.issuing.clear()
            finally:
                self._pass_on()
            for group in units.groups:
                group.wait_for_commit(None if patience is None else self._left(until))
        except StorageUnavailable as error:
            if not error.held:
                self.failure = error
            raise
        if any(group.units > 0 for group in units.groups):
            self.failure = None

    @contextmanager
    def hold_turn(self) -> Iterator[None]:
        """Prevent units of this process from beginning during the block. Earlier units are committed first.

        Raises StorageUnavailable after waiting too long for other units, or if the storage is closed.
        """
        self._enter(self._patience)
        try:
            if self._group is not None:
                self._commit(self._group)
            if self._closed:
                raise StorageUnavailable("The storage is closed.")
            yield
        finally:
            self._turnstile.leave()

    def close(self) -> None:
        """Close the connection after the units in progress. Later units raise StorageUnavailable."""
        self._enter(self._patience)
        self._closed = True
        if self._group is not None:
            self._commit(self._group)
        self._discard_connection()
        self._turnstile.leave()

    def _enter(self, patience: float) -> None:
        if self._turnstile.holder == threading.get_ident():
            raise Fault("A unit of work was started inside another one.")
        try:
            self._turnstile.enter(patience)
        except BaseException:
            if self._turnstile.holder == threading.get_ident():
                self._pass_on()
            raise

    def _pass_on(self) -> None:
        """End the turn of this thread: commit the group and release the lock.

        If the group is not yet full or old and another thread waits, leave the group open and pass the lock to that
        thread.
        """
        group = self._group
        if group is not None and not self._is_due(group) and self._turnstile.defer():
            return
        try:
            if group is not None:
                self._commit(group)
        finally:
            self._turnstile.leave()

    def _is_due(self, group: _Group) -> bool:
        aged = self._clock.monotonic() - group.opened >= _MAX_AGE_SECONDS
        return aged or group.group_state.is_last or group.units >= _MAX_UNITS or group.failure is not None

    def open_group(self, until: float) -> _Group:
        """Return the open group, or a new one. The thread must hold the connection.

        Raises StorageUnavailable if the database is unavailable or locked for too long.
        """
        if self._group is not None:
            _be_patient(self._group, until, self._left(until))
            return self._group
        if self._closed:
            raise StorageUnavailable("The storage is closed.")
        if self._processes is not None:
            self._processes.enter(self._left(until))
        try:
            connection = self._begin(until)
        except BaseException as error:
            self._discard_connection()
            self._leave_processes()
            if isinstance(error, FOREIGN):
                raise translate(error) from error
            raise
        self._group = _Group(connection, self._clock.monotonic(), until)
        return self._group

    def renew_group(self, group: _Group, until: float) -> _Group:
        """Commit the open group and return a new one. The thread must hold the connection."""
        self._commit(group)
        return self.open_group(until)

    def _left(self, until: float) -> float:
        return max(0.0, until - self._clock.monotonic())

    def _begin(self, until: float) -> sa.Connection:
        """Begin a transaction on the existing connection, or on a new one if the existing one is broken."""
        if self._connection is not None:
            try:
                begin(self._connection, write=True, patience=self._left(until))
            except FOREIGN:
                self._discard_connection()
            else:
                return self._connection
        self._connection = self._engine.connect()
        begin(self._connection, write=True, patience=self._left(until))
        return self._connection

    def _commit(self, group: _Group) -> None:
        """End the group with a commit or a rollback, and wake the threads that wait for it."""
        try:
            if group.failure is None and group.units > 0:
                self.conclude(Transaction(group.connection, group.group_state))
                group.connection.commit()
            elif group.failure is None:
                group.connection.rollback()
        except (*FOREIGN, PkiError) as error:
            group.failure = error
        except BaseException as error:
            group.failure = error
            raise
        finally:
            if group.failure is not None:
                self._discard_connection()
            self._group = None
            self._leave_processes()
            group.settled.set()

    def _discard_connection(self) -> None:
        """Close the connection permanently.

        Uncommitted changes are lost, and the pool does not get the connection back.
        """
        connection, self._connection = self._connection, None
        if connection is None:
            return
        try:
            connection.invalidate()
            connection.close()
        except FOREIGN:
            connection.detach()

    def _leave_processes(self) -> None:
        if self._processes is not None:
            self._processes.leave()


class _Units:
    """The units of one thread.

    If one of them has waited in vain for a lock of another session, the following ones fail at once instead of waiting.
    """

    def __init__(self, writer: Writer, until: float) -> None:
        self._writer = writer
        self._until = until
        self.groups = [writer.open_group(until)]
        self.held: StorageUnavailable | None = None

    @property
    def group(self) -> _Group:
        """Return the group that is open."""
        return self.groups[-1]

    def renew_group(self) -> None:
        """Commit the current group, which releases its locks, and begin another group."""
        self.groups.append(self._writer.renew_group(self.group, self._until))

    def unit(self) -> AbstractContextManager[Transaction]:
        return _Unit(self)


class _Unit(AbstractContextManager[Transaction]):
    """One unit: a savepoint of the group, set before the unit's first statement. Otherwise there is nothing to undo.

    If the group cannot keep or undo a unit, the whole group has failed.
    """

    def __init__(self, units: _Units) -> None:
        self._units = units
        self._is_set = False

    def __enter__(self) -> Transaction:
        held, group = self._units.held, self._units.group
        if held is not None:
            raise StorageUnavailable(held.detail, held=True, retry_after=held.retry_after)
        if group.failure is not None:
            raise build_unavailable(group.failure) from group.failure
        self._transaction = Transaction(group.connection, group.group_state.copy(), self._set, self._renew)
        return self._transaction

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is None:
                self._transaction.require_sound()
        except PkiError as swallowed:
            self._undo(swallowed)
            raise
        else:
            if error is None:
                self._keep()
            else:
                self._undo(error)
        finally:
            self._transaction.end()

    def _set(self) -> None:
        """Set the savepoint. Raises StorageUnavailable if that fails, because later statements could not be undone."""
        _run(self._units.group, "SAVEPOINT unit")
        if self._units.group.failure is not None:
            raise build_unavailable(self._units.group.failure) from self._units.group.failure
        self._is_set = True

    def _renew(self) -> tuple[sa.Connection, GroupState] | None:
        """Commit the group's earlier units, which releases their locks. Return the new group's state.

        It is called before the first statement of this unit. Returns None if there are no earlier units, or if this
        unit has already changed its state, for example by deferred rows.
        """
        group = self._units.group
        if group.units == 0 or group.group_state != self._transaction.group_state:
            return None
        self._units.renew_group()
        return self._units.group.connection, self._units.group.group_state.copy()

    def _keep(self) -> None:
        if self._is_set:
            _run(self._units.group, "RELEASE SAVEPOINT unit")
        self._units.group.group_state = self._transaction.group_state
        self._units.group.units += 1

    def _undo(self, error: BaseException) -> None:
        if self._is_set:
            _run(self._units.group, "ROLLBACK TO SAVEPOINT unit")
            _run(self._units.group, "RELEASE SAVEPOINT unit")
        if isinstance(error, StorageUnavailable) and error.held:
            self._units.held = error


def _be_patient(group: _Group, until: float, left: float) -> None:
    """Extend the wait for PostgreSQL's locks if this unit may wait longer than the unit that opened the group."""
    if until <= group.until + _MAX_AGE_SECONDS or group.connection.dialect.name != "postgresql":
        return
    group.until = until
    try:
        wait_for_locks(group.connection, left)
    except FOREIGN as error:
        group.failure = error


def _run(group: _Group, statement: str) -> None:
    """Run the statement. A failure ends the group; its units get the error when they wait for the commit."""
    if group.failure is not None:
        return
    try:
        run_command(group.connection, statement)
    except FOREIGN as error:
        group.failure = error
