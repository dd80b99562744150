"""Stored status revisions, and the changes of published status in each."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from pki_manager.domain.errors import Fault
from pki_manager.domain.jobs import JobKind
from pki_manager.ports.status_log import FollowingStore, StatusChange, StatusSubject, StoreReport
from pki_manager.storage.engine.compiled_statement import CompiledStatement
from pki_manager.storage.engine.transaction import Transaction
from pki_manager.storage.tables.jobs import published_stores, status_changes
from pki_manager.storage.tables.pki import meta
from pki_manager.storage.tables.types import from_microseconds, to_microseconds

_KEY = "status.revision"
_VALUE = sa.cast(meta.c.value, sa.BigInteger)

_READ = CompiledStatement(sa.select(_VALUE.label("revision")).where(meta.c.key == sa.literal_column(f"'{_KEY}'")))

# The row stays locked until the commit: a reader of a revision sees every change before it.
_RAISE = (
    sa.update(meta)
    .where(meta.c.key == sa.literal_column(f"'{_KEY}'"))
    .values(
        value=sa.cast(
            sa.case((sa.bindparam("clock") <= _VALUE, _VALUE + 1), else_=sa.bindparam("clock", type_=sa.BigInteger)),
            sa.Text,
        )
    )
    .returning(_VALUE.label("revision"))
)


def write_status_changes(transaction: Transaction, now: datetime) -> None:
    """Increase the status revision and store the status changes of a group, if any, once before the commit."""
    group = transaction.group_state.status
    serials = (
        (StatusSubject.SERIAL, key, serial, None)
        for kind, key, serial in group.serials
        if kind is JobKind.PUBLISH_STATUS
    )
    changes = list(dict.fromkeys((*serials, *group.publications)))
    if not changes:
        return
    revision = _raise(transaction, to_microseconds(now))
    rows = [
        {
            "revision": revision,
            "position": position,
            "subject": subject.value,
            "issuer_key_id": key,
            "serial": serial,
            "shard": shard,
        }
        for position, (subject, key, serial, shard) in enumerate(changes)
    ]
    transaction.execute(sa.insert(status_changes), rows)


def _raise(transaction: Transaction, at_least: int) -> int:
    values = {"clock": at_least}
    row = transaction.first(_RAISE, values)
    if row is None:
        if transaction.insert_new(meta, {"key": _KEY, "value": str(at_least)}):
            return at_least
        # Another process has just inserted it.
        row = transaction.first(_RAISE, values)
    if row is None:
        raise Fault("The status revision cannot be increased.")
    return int(row.revision)


class SqlStatusLog:
    """Implements ports.status_log.StatusLog."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def get_revision(self) -> int:
        row = self._transaction.first(_READ)
        return 0 if row is None else int(row.revision)

    def contains(self, revision: int) -> bool:
        if revision == self.get_revision():
            return True
        known = sa.select(status_changes.c.revision).where(status_changes.c.revision == revision).limit(1)
        return self._transaction.first(known) is not None

    def list_since(self, revision: int, limit: int) -> Sequence[StatusChange]:
        later = status_changes.c.revision > revision
        ordered = sa.select(status_changes.c.revision).where(later).order_by(status_changes.c.revision)
        last = self._transaction.first(ordered.offset(limit - 1).limit(1))
        statement = sa.select(status_changes).where(later)
        if last is not None:
            statement = statement.where(status_changes.c.revision <= last.revision)
        return [
            StatusChange(
                revision=row.revision,
                subject=StatusSubject(row.subject),
                issuer_key_id=row.issuer_key_id,
                serial=row.serial,
                shard=row.shard,
            )
            for row in self._transaction.rows(statement.order_by(status_changes.c.revision, status_changes.c.position))
        ]

    def count_other_stores(self, store: UUID, since: datetime) -> int:
        others = (published_stores.c.id != store, published_stores.c.seen_at >= since)
        (row,) = self._transaction.rows(sa.select(sa.func.count().label("number")).where(*others))
        return int(row.number)

    def list_stores(self) -> Sequence[FollowingStore]:
        later = sa.select(sa.func.min(status_changes.c.revision)).where(
            status_changes.c.revision > published_stores.c.revision
        )
        statement = sa.select(published_stores, later.scalar_subquery().label("missing"))
        ordered = statement.order_by(published_stores.c.node, published_stores.c.id)
        return [
            FollowingStore(
                store=row.id,
                node=row.node,
                seen_at=row.seen_at,
                revision=row.revision,
                term=row.term,
                settings={} if row.settings is None else json.loads(row.settings),
                missing_since=None if row.missing is None else from_microseconds(row.missing),
            )
            for row in self._transaction.rows(ordered)
        ]

    def raise_above(self, revision: int, now: datetime) -> int:
        return _raise(self._transaction, max(revision + 1, to_microseconds(now)))

    def note_store(self, report: StoreReport) -> None:
        row = {
            "id": report.store,
            "node": report.node,
            "seen_at": report.seen_at,
            "revision": report.revision,
            "settings": json.dumps(dict(report.settings)) if report.settings else None,
        }
        self._transaction.upsert(published_stores, row if report.term is None else {**row, "term": report.term})

    def end_term(self, store: UUID, term: int) -> None:
        is_it = (published_stores.c.id == store, published_stores.c.term == term)
        self._transaction.execute(sa.update(published_stores).where(*is_it).values(term=None))

    def delete_store(self, store: UUID) -> None:
        self._transaction.execute(sa.delete(published_stores).where(published_stores.c.id == store))

    def prune_stores(self, before: datetime) -> int:
        return self._transaction.changed(sa.delete(published_stores).where(published_stores.c.seen_at < before))

    def prune(self, before: datetime) -> int:
        newest = sa.select(sa.func.max(status_changes.c.revision)).scalar_subquery()
        old = (status_changes.c.revision < to_microseconds(before), status_changes.c.revision < newest)
        return self._transaction.changed(sa.delete(status_changes).where(*old))
