"""The implementation of the storage port with SQLAlchemy, for both engines."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from types import TracebackType
from typing import TypeVar

import sqlalchemy as sa

from pki_manager import __version__
from pki_manager.domain.errors import Fault, StorageUnavailable
from pki_manager.domain.rights.actor import Actor
from pki_manager.domain.rights.fence import build_fence
from pki_manager.ports.audit_trail import ChainHead
from pki_manager.ports.clock import Clock
from pki_manager.ports.entropy import Entropy
from pki_manager.storage.engine import schema
from pki_manager.storage.engine.bounded_check import BoundedCheck
from pki_manager.storage.engine.change_counter import ChangeCounter, change_counter
from pki_manager.storage.engine.failures import translate_errors
from pki_manager.storage.engine.guarded_clock import ONLY_BACK, GuardedClock
from pki_manager.storage.engine.locks import InterProcessLock
from pki_manager.storage.engine.replica import Replica
from pki_manager.storage.engine.row_security import narrow
from pki_manager.storage.engine.transaction import Transaction, begin
from pki_manager.storage.engine.writer import Writer
from pki_manager.storage.handover.apply import apply_block
from pki_manager.storage.handover.block import Block
from pki_manager.storage.handover.drafts import HandoverDraft
from pki_manager.storage.handover.sender import HandoverVerdict, WriterConnection
from pki_manager.storage.repositories.audit import AuditTrail, SqlAudit
from pki_manager.storage.repositories.counts.changes import write_count_changes
from pki_manager.storage.repositories.enrollments import require_unused
from pki_manager.storage.repositories.jobs import enqueue_statuses
from pki_manager.storage.repositories.meta import raise_revision
from pki_manager.storage.repositories.status_log import write_status_changes
from pki_manager.storage.unit_of_work import SqlReader, SqlUnitOfWork, Tools

_BRIEF_SECONDS = 1.0
_PROBE = "storage.probe"

T = TypeVar("T")


class SqlStorage:
    """The storage port (`ports.unit_of_work.Storage`) on a database engine of `engines`. Thread-safe."""

    def __init__(
        self,
        engine: sa.Engine,
        *,
        chain: str,
        mac_key: bytes,
        clock: Clock,
        entropy: Entropy,
        lock_path: Path | None,
        handover_lock: Path | None = None,
        replica: sa.Engine | None = None,
    ) -> None:
        """Open the storage.

        `chain` names this process' audit chain (`host/worker-1`); `mac_key` authenticates its records.

        `lock_path` is the lock file of the processes that share an SQLite database, or None on PostgreSQL. Processes of
        one server that share an SQLite database have the same `handover_lock`: one of them writes the units that the
        others have drafted (`run_units`). `read_recent` reads from `replica` if it is recent. A clock that is not a
        GuardedClock is refused only if it goes back. Raises HomeUnusable if this program
        cannot use the schema.
        """
        schema.require_usable(engine)
        self._engine = engine
        guarded = clock if isinstance(clock, GuardedClock) else GuardedClock(clock, ONLY_BACK)
        self._tools = Tools(clock=guarded, entropy=entropy, trail=AuditTrail(chain=chain, mac_key=mac_key, clock=clock))
        self._queue = None if lock_path is None else InterProcessLock(lock_path)
        self._writer = Writer(engine, clock=clock, processes=self._queue, conclude=self._conclude_group)
        self._changes: ChangeCounter = change_counter(engine)
        self._check = BoundedCheck(self._check_now)
        self._is_closed = False
        self._replica = None if replica is None else Replica(replica, engine, clock.monotonic)
        self._chain = chain
        self._handover: WriterConnection | None = None
        self._drafting: sa.Connection | None = None
        self._head: ChainHead | None = None
        """Head of this process' audit chain after the last stored block. None if other units may have changed it."""
        if handover_lock is not None:
            greeting = f"{__version__} {schema.get_head()}".encode()
            self._handover = WriterConnection(handover_lock, greeting, self._store_block, clock.monotonic)

    @contextmanager
    def begin(self, actor: Actor) -> Iterator[SqlUnitOfWork]:
        with self.together() as units, units.begin(actor) as unit:
            yield unit

    @contextmanager
    def together(self) -> Iterator[SqlUnits]:
        with self._writer.units() as begin_unit:
            units = SqlUnits(begin_unit, self._tools)
            yield units
        if self._replica is not None:
            self._replica.note_changes(units.actors)

    def run_units(self, work: Callable[[SqlUnits], T]) -> T:
        drafted = None if self._handover is None else self._hand_over(self._handover, work)
        if drafted is not None:
            (result,) = drafted
            return result
        with self.together() as units:
            return work(units)

    def _hand_over(self, handover: WriterConnection, work: Callable[[SqlUnits], T]) -> tuple[T] | None:
        """Return the result of `work` after the writing process has stored its units.

        None if `work` must run in this process.
        """
        with self._writer.hold_turn():
            if not handover.find_writer() or (head := self._own_head()) is None:
                return None
            draft = HandoverDraft(self._drafting_connection(), head)
            result = work(SqlUnits(draft.unit, self._tools))
            block = draft.to_block()
            if block is None:
                return None
            verdict = handover.send(block)
            self._head = block.after if verdict is HandoverVerdict.STORED else None
        if verdict is HandoverVerdict.STORED or (verdict is HandoverVerdict.UNKNOWN and self._is_stored(block)):
            return (result,)
        return None

    def _own_head(self) -> ChainHead | None:
        if self._head is None:
            with self.read() as reader:
                self._head = next((head for head in reader.audit.list_heads() if head.chain == self._chain), None)
        return self._head

    def _drafting_connection(self) -> sa.Connection:
        if self._drafting is None:
            with translate_errors():
                self._drafting = self._engine.connect()
        return self._drafting

    def _is_stored(self, block: Block) -> bool:
        """Return whether a block is stored.

        The check holds the write lock, so the block cannot be stored at the same time.
        """
        with self._writer.unit() as transaction:
            return SqlAudit(transaction).hash_at(block.after.chain, block.after.seq) == block.after.hash

    def _store_block(self, block: Block) -> None:
        with self._writer.unit() as transaction:
            apply_block(transaction, block, self._tools.clock)

    @contextmanager
    def housekeep(self, *, brief: bool = False) -> Iterator[SqlUnitOfWork]:
        with self._writer.unit(_BRIEF_SECONDS if brief else None) as transaction:
            yield SqlUnitOfWork(transaction, self._tools, actor=None)
            _conclude(transaction)

    @contextmanager
    def read(self, actor: Actor | None = None) -> Iterator[SqlReader]:
        with translate_errors():
            connection = self._engine.connect()
        with self._reading(connection, actor) as reader:
            yield reader

    def read_recent(self, actor: Actor, work: Callable[[SqlReader], T]) -> T:
        replica = self._replica
        connection = None if replica is None else replica.connect(actor.id)
        if replica is not None and connection is not None:
            try:
                with self._reading(connection, actor) as reader:
                    return work(reader)
            except (StorageUnavailable, Fault) as error:
                replica.rest(error.detail)
        with self.read(actor) as reader:
            return work(reader)

    @contextmanager
    def _reading(self, connection: sa.Connection, actor: Actor | None) -> Iterator[SqlReader]:
        try:
            with translate_errors():
                begin(connection, write=False)
                if actor is not None:
                    narrow(connection, build_fence(actor))
            transaction = Transaction(connection)
            try:
                yield SqlReader(transaction, self._tools)
            finally:
                transaction.end()
        finally:
            with translate_errors():
                connection.close()

    def _conclude_group(self, transaction: Transaction) -> None:
        """Write the deferred rows of all units in a group. It is called once, before the commit of the group."""
        if transaction.group_state.audit.head is not None:
            self._head = None
        require_unused(transaction)
        transaction.flush_deferred()
        now = self._tools.clock.now()
        enqueue_statuses(transaction, self._tools.entropy, now)
        write_status_changes(transaction, now)
        write_count_changes(transaction, self._tools.entropy, now)
        self._tools.trail.write(transaction)

    def change_counter(self) -> int:
        return self._changes.value()

    def check(self) -> None:
        self._check.run()

    def _check_now(self) -> None:
        with translate_errors(), self._engine.connect() as connection:
            connection.exec_driver_sql("SELECT count(*) FROM alembic_version")
        if self._writer.failure is not None:
            # Whether it can be written again shows only by writing.
            with self.housekeep(brief=True) as uow:
                uow.meta.put(_PROBE, self._tools.clock.now().isoformat())

    def close(self) -> None:
        """Close the storage and its connections after the units in progress. Can be repeated."""
        if self._is_closed:
            return
        self._is_closed = True
        if self._handover is not None:
            self._handover.close()
        self._writer.close()
        self._changes.close()
        if self._drafting is not None:
            self._drafting.close()
        if self._queue is not None:
            self._queue.close()
        if self._replica is not None:
            self._replica.close()
        self._engine.dispose()


class SqlUnits:
    """Implements ports.unit_of_work.Units."""

    def __init__(self, begin_unit: Callable[[], AbstractContextManager[Transaction]], tools: Tools) -> None:
        self._begin_unit = begin_unit
        self._tools = tools
        self.actors: set[str] = set()
        """IDs of the actors of the units."""

    def begin(self, actor: Actor) -> AbstractContextManager[SqlUnitOfWork]:
        self.actors.add(actor.id)
        return _Recorded(self._begin_unit(), self._tools, actor)


class _Recorded(AbstractContextManager[SqlUnitOfWork]):
    """A unit of work that fails unless it records an audit event."""

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
