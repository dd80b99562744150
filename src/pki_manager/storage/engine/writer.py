"""Group commit: one writing connection for each process, several units of work in one commit.

A unit has the connection to itself, inside a savepoint. At its end, the group is committed (if no unit waits, or the
group is full or old enough) or the connection is given to the next unit in the queue. The unit's thread continues only
when its group is on disk or has failed.
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
    """Units that share a commit."""

    def __init__(self, connection: sa.Connection, opened: float, until: float) -> None:
        """`until` when its statements wait for locks, in monotonic seconds as `opened`."""
        self.connection = connection
        self.opened = opened
        self.until = until
        self.units = 0
        self.group_state = GroupState()
        self.failure: BaseException | None = None
        self.settled = threading.Event()

    def wait(self, seconds: float | None) -> None:
        """Until the commit; StorageUnavailable when it failed, a fresh one for each unit, or takes longer."""
        if not self.settled.wait(seconds):
            raise StorageUnavailable("The database is locked by another unit of work.", held=True, retry_after=1)
        if self.failure is not None:
            raise build_unavailable(self.failure) from self.failure


class Writer:
    """The writing connection of a process. `processes` is the lock among processes, None for PostgreSQL.

    `conclude` is called in each group's transaction before its commit, with the state that its units collected.
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
        """Why the last unit could not be stored; None once one was stored again."""

    @contextmanager
    def unit(self, patience: float | None = None) -> Iterator[Transaction]:
        """Run one unit of work: durable after the block, rolled back if it raises.

        Units of a group share a failed commit, but not a failed unit. `patience` in seconds also limits how long the
        unit waits for its commit. Raises StorageUnavailable if it could not be made durable, or after waiting too long
        for other units and their locks; Fault if the thread is already inside a unit.
        """
        with self.units(patience) as begin, begin() as transaction:
            yield transaction

    @contextmanager
    def units(self, patience: float | None = None) -> Iterator[Callable[[], AbstractContextManager[Transaction]]]:
        """Run several units of one thread in one commit: all durable after the block.

        Each can fail alone. Errors as `unit`.
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
                group.wait(None if patience is None else self._left(until))
        except StorageUnavailable as error:
            if not error.held:
                self.failure = error
            raise
        if any(group.units > 0 for group in units.groups):
            self.failure = None

    @contextmanager
    def hold_turn(self) -> Iterator[None]:
        """Let no unit of this process begin during the block. Earlier units are committed.

        Raises StorageUnavailable as `unit`.
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
        """Close after the units in progress. Later ones raise StorageUnavailable."""
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
        """Commit and leave, or leave the group open to the next in the queue."""
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
        """Return the open group, or a new one. The thread must have the connection.

        Raises StorageUnavailable.
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
        """BEGIN on the kept connection, or on a new one if that has died since."""
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
        """End the group, one way or the other, and let its units go."""
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
        """Close the connection permanently: nothing uncommitted survives, and the pool does not get it back."""
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
    """Units of one thread. If one has waited in vain for a lock of another session, the next ones do not wait."""

    def __init__(self, writer: Writer, until: float) -> None:
        self._writer = writer
        self._until = until
        self.groups = [writer.open_group(until)]
        self.held: StorageUnavailable | None = None

    @property
    def group(self) -> _Group:
        """The one that is open."""
        return self.groups[-1]

    def renew_group(self) -> None:
        """Commit what the group holds, with its locks, and begin another group."""
        self.groups.append(self._writer.renew_group(self.group, self._until))

    def unit(self) -> AbstractContextManager[Transaction]:
        return _Unit(self)


class _Unit(AbstractContextManager[Transaction]):
    """One unit, a savepoint of the group from its first statement on; a unit that runs none has nothing to undo.

    A group that cannot keep or undo it has failed as a whole.
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
        """Statements outside a savepoint could not be undone: without it none is run."""
        _run(self._units.group, "SAVEPOINT unit")
        if self._units.group.failure is not None:
            raise build_unavailable(self._units.group.failure) from self._units.group.failure
        self._is_set = True

    def _renew(self) -> tuple[sa.Connection, GroupState] | None:
        """Leave the group to its earlier units, so that this unit holds none of their locks. None if there are none.

        For a unit that has run no statement yet. None also if it already has deferred rows.
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
    """A unit may wait longer at PostgreSQL's locks than the one that opened its group."""
    if until <= group.until + _MAX_AGE_SECONDS or group.connection.dialect.name != "postgresql":
        return
    group.until = until
    try:
        wait_for_locks(group.connection, left)
    except FOREIGN as error:
        group.failure = error


def _run(group: _Group, statement: str) -> None:
    """Run the statement. A failure ends the group: its units get the error when they wait for the commit."""
    if group.failure is not None:
        return
    try:
        run_command(group.connection, statement)
    except FOREIGN as error:
        group.failure = error
