"""Group commit: one writing connection a process, each unit of work a savepoint, several units in one commit.

A unit has the connection to itself from its beginning to its end. At its end either the group is committed (nobody
waits, or the group is full or old enough) or the connection is handed to the next in the queue with the group open.
Either way the unit's thread goes on only when its own group is on disk, or has failed.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import sqlalchemy as sa

from pki_manager.domain.errors import Fault, PkiError, StorageUnavailable
from pki_manager.ports.clock import Clock
from pki_manager.storage.constant import command
from pki_manager.storage.failures import FOREIGN, translate, unavailable
from pki_manager.storage.transaction import Carried, Transaction, begin
from pki_manager.storage.turnstile import FileQueue, Turnstile

_MAX_UNITS = 64
_MAX_AGE_SECONDS = 0.005


class _Group:
    """Units that share a commit."""

    def __init__(self, connection: sa.Connection, opened: float) -> None:
        self.connection = connection
        self.opened = opened
        self.units = 0
        self.carried = Carried()
        self.failure: BaseException | None = None
        self.settled = threading.Event()

    def wait(self) -> None:
        """Until the commit; StorageUnavailable when it failed, a fresh one for each unit."""
        self.settled.wait()
        if self.failure is not None:
            raise unavailable(self.failure) from self.failure


class Writer:
    """The one that writes. `processes` is the queue among processes, None where the engine has its own (PostgreSQL).

    `conclude` is called in each group's transaction before its commit, with what its units have handed on.
    """

    def __init__(
        self,
        engine: sa.Engine,
        *,
        clock: Clock,
        processes: FileQueue | None,
        conclude: Callable[[Transaction], None] = lambda _: None,
    ) -> None:
        self._engine = engine
        self._conclude = conclude
        self._clock = clock
        self._processes = processes
        self._turnstile = Turnstile()
        self._connection: sa.Connection | None = None
        self._group: _Group | None = None
        self._closed = False

    @contextmanager
    def unit(self) -> Iterator[Transaction]:
        """One unit of work: durable when the block has been left, gone when it raised.

        StorageUnavailable when it could not be made durable; neighbours in a group share a failed commit, but not a
        failed unit. Fault when the thread is already inside a unit.
        """
        with self.units() as begin, begin() as transaction:
            yield transaction

    @contextmanager
    def units(self) -> Iterator[Callable[[], AbstractContextManager[Transaction]]]:
        """Several units of one thread, one after the other in one commit: all durable when the block has been left.

        Each is kept or gone by itself. Errors as `unit`.
        """
        self._enter()
        try:
            group = self._open_group()
            yield lambda: _savepoint(group)
        finally:
            self._pass_on()
        group.wait()

    def close(self) -> None:
        """After the units that are under way; later ones get StorageUnavailable."""
        self._enter()
        self._closed = True
        if self._group is not None:
            self._commit(self._group)
        self._discard_connection()
        self._turnstile.leave()

    def _enter(self) -> None:
        if self._turnstile.holder == threading.get_ident():
            raise Fault("a unit of work was begun inside another one")
        try:
            self._turnstile.enter()
        except BaseException:
            if self._turnstile.holder == threading.get_ident():
                self._pass_on()
            raise

    def _pass_on(self) -> None:
        """Commit and leave, or leave the group open to the next in the queue."""
        group = self._group
        if group is not None and not self._is_due(group) and self._turnstile.hand_on():
            return
        try:
            if group is not None:
                self._commit(group)
        finally:
            self._turnstile.leave()

    def _is_due(self, group: _Group) -> bool:
        aged = self._clock.monotonic() - group.opened >= _MAX_AGE_SECONDS
        return aged or group.units >= _MAX_UNITS or group.failure is not None

    def _open_group(self) -> _Group:
        if self._group is not None:
            return self._group
        if self._closed:
            raise StorageUnavailable("the storage is closed")
        if self._processes is not None:
            self._processes.enter()
        try:
            connection = self._begin()
        except BaseException as error:
            self._discard_connection()
            self._leave_processes()
            if isinstance(error, FOREIGN):
                raise translate(error) from error
            raise
        self._group = _Group(connection, self._clock.monotonic())
        return self._group

    def _begin(self) -> sa.Connection:
        """BEGIN on the kept connection, or on a new one if that has died since."""
        if self._connection is not None:
            try:
                begin(self._connection, write=True)
            except FOREIGN:
                self._discard_connection()
            else:
                return self._connection
        self._connection = self._engine.connect()
        begin(self._connection, write=True)
        return self._connection

    def _commit(self, group: _Group) -> None:
        """End the group, one way or the other, and let its units go."""
        try:
            if group.failure is None and group.units > 0:
                self._conclude(Transaction(group.connection, group.carried))
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
        """Close the connection for good: nothing uncommitted survives, and the pool does not get it back."""
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


@contextmanager
def _savepoint(group: _Group) -> Iterator[Transaction]:
    """A savepoint of the group around one unit; a group that cannot keep or undo it has failed as a whole."""
    if group.failure is not None:
        raise unavailable(group.failure) from group.failure
    transaction = Transaction(group.connection, group.carried)
    _run(group, "SAVEPOINT unit")
    try:
        yield transaction
        transaction.require_sound()
    except BaseException:
        _run(group, "ROLLBACK TO SAVEPOINT unit")
        _run(group, "RELEASE SAVEPOINT unit")
        raise
    finally:
        transaction.end()
    _run(group, "RELEASE SAVEPOINT unit")
    group.carried = transaction.carried
    group.units += 1


def _run(group: _Group, statement: str) -> None:
    """A failure is the group's; its units, this one included, hear of it when they wait for the commit."""
    if group.failure is not None:
        return
    try:
        command(group.connection, statement)
    except FOREIGN as error:
        group.failure = error
