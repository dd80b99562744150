"""The storage port on SQLAlchemy, for both engines."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from types import TracebackType

import sqlalchemy as sa

from pki_manager.domain.errors import Fault
from pki_manager.domain.rights.actor import Actor
from pki_manager.ports.clock import Clock
from pki_manager.ports.entropy import Entropy
from pki_manager.storage.engine import schema
from pki_manager.storage.engine.change_counter import ChangeCounter, change_counter
from pki_manager.storage.engine.failures import translated
from pki_manager.storage.engine.guarded_clock import ONLY_BACK, GuardedClock
from pki_manager.storage.engine.locks import InterProcessLock
from pki_manager.storage.engine.transaction import Transaction, begin
from pki_manager.storage.engine.writer import Writer
from pki_manager.storage.repositories.audit import AuditTrail
from pki_manager.storage.repositories.enrollments import require_unused
from pki_manager.storage.repositories.jobs import enqueue_statuses
from pki_manager.storage.repositories.meta import raise_revision
from pki_manager.storage.repositories.status_log import write_status_changes
from pki_manager.storage.unit_of_work import SqlReader, SqlUnitOfWork, Tools

_BRIEF_SECONDS = 1.0
_PROBE = "storage.probe"


class SqlStorage:
    """Implements ports.unit_of_work.Storage on an engine of `engines`. Threads share one."""

    def __init__(
        self,
        engine: sa.Engine,
        *,
        chain: str,
        mac_key: bytes,
        clock: Clock,
        entropy: Entropy,
        lock_path: Path | None,
    ) -> None:
        """`chain` names this process' audit chain (`host/worker-1`), `mac_key` signs its records.

        `lock_path` is the file that processes on one SQLite database queue at; None on PostgreSQL. HomeUnusable when
        the schema is newer or older than this program's. A clock that is not guarded is only refused when it goes back.
        """
        schema.require_current(engine)
        self._engine = engine
        guarded = clock if isinstance(clock, GuardedClock) else GuardedClock(clock, ONLY_BACK)
        self._tools = Tools(clock=guarded, entropy=entropy, trail=AuditTrail(chain=chain, mac_key=mac_key, clock=clock))
        self._queue = None if lock_path is None else InterProcessLock(lock_path)
        self._writer = Writer(engine, clock=clock, processes=self._queue, conclude=self._conclude_group)
        self._changes: ChangeCounter = change_counter(engine)
        self._is_closed = False

    @contextmanager
    def begin(self, actor: Actor) -> Iterator[SqlUnitOfWork]:
        with self.together() as units, units.begin(actor) as unit:
            yield unit

    @contextmanager
    def together(self) -> Iterator[SqlUnits]:
        with self._writer.units() as begin_unit:
            yield SqlUnits(begin_unit, self._tools)

    @contextmanager
    def housekeep(self, *, brief: bool = False) -> Iterator[SqlUnitOfWork]:
        with self._writer.unit(_BRIEF_SECONDS if brief else None) as transaction:
            yield SqlUnitOfWork(transaction, self._tools, actor=None)
            _conclude(transaction)

    @contextmanager
    def read(self) -> Iterator[SqlReader]:
        with translated():
            connection = self._engine.connect()
        try:
            with translated():
                begin(connection, write=False)
            transaction = Transaction(connection)
            try:
                yield SqlReader(transaction, self._tools)
            finally:
                transaction.end()
        finally:
            with translated():
                connection.close()

    def _conclude_group(self, transaction: Transaction) -> None:
        """What the units of a commit have handed on is written once, before it."""
        require_unused(transaction)
        transaction.flush_deferred()
        now = self._tools.clock.now()
        enqueue_statuses(transaction, self._tools.entropy, now)
        write_status_changes(transaction, now)
        self._tools.trail.write(transaction)

    def change_counter(self) -> int:
        return self._changes.value()

    def check(self) -> None:
        with translated(), self._engine.connect() as connection:
            connection.exec_driver_sql("SELECT count(*) FROM alembic_version")
        if self._writer.failure is not None:
            # Whether it can be written again shows only by writing.
            with self.housekeep(brief=True) as uow:
                uow.meta.put(_PROBE, self._tools.clock.now().isoformat())

    def close(self) -> None:
        """After the units under way; the engine's connections are closed too. Closing twice is fine."""
        if self._is_closed:
            return
        self._is_closed = True
        self._writer.close()
        self._changes.close()
        if self._queue is not None:
            self._queue.close()
        self._engine.dispose()


class SqlUnits:
    """Implements ports.unit_of_work.Units."""

    def __init__(self, begin_unit: Callable[[], AbstractContextManager[Transaction]], tools: Tools) -> None:
        self._begin_unit = begin_unit
        self._tools = tools

    def begin(self, actor: Actor) -> AbstractContextManager[SqlUnitOfWork]:
        return _Recorded(self._begin_unit(), self._tools, actor)


class _Recorded(AbstractContextManager[SqlUnitOfWork]):
    """A unit that does not end well without an audit event."""

    def __init__(self, inner: AbstractContextManager[Transaction], tools: Tools, actor: Actor) -> None:
        self._inner = inner
        self._tools = tools
        self._actor = actor

    def __enter__(self) -> SqlUnitOfWork:
        self._transaction = self._inner.__enter__()
        self._unit = SqlUnitOfWork(self._transaction, self._tools, self._actor)
        return self._unit

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is None:
                self._require_recorded()
        except BaseException as ours:
            self._inner.__exit__(type(ours), ours, ours.__traceback__)
            raise
        self._inner.__exit__(kind, error, trace)

    def _require_recorded(self) -> None:
        if not self._unit.has_recorded:
            raise Fault("A unit of work ended without an audit event.")
        _conclude(self._transaction)


def _conclude(transaction: Transaction) -> None:
    if transaction.changed_directory:
        raise_revision(transaction)
