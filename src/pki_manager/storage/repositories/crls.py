"""Stored CRLs."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from pki_manager.domain.errors import Conflict, NotFound
from pki_manager.domain.page import Page
from pki_manager.ports.revocations import CrlHead, CrlRecord
from pki_manager.ports.status_log import StatusSubject
from pki_manager.storage.engine.paging import read_page_by_id
from pki_manager.storage.engine.transaction import Transaction
from pki_manager.storage.tables.pki import crls
from pki_manager.storage.tables.types import Integer

_KEPT = 10
"""Number of superseded CRLs for each key and shard that are kept in any case."""

_HOUR = 3600 * 1_000_000
"""An hour in microseconds, the unit of stored times."""

_AT_ONCE = 500
"""Maximum number of CRLs deleted in one transaction, because CRLs can be large."""


class SqlCrls:
    """Implements ports.revocations.Crls."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def find_head(
        self, issuer_key_id: UUID, base_number: int | None = None, *, shard: int | None = None
    ) -> CrlHead | None:
        columns = (crls.c.number, crls.c.this_update, crls.c.next_update, crls.c.entries)
        row = self._transaction.first(_newest(sa.select(*columns), issuer_key_id, base_number, shard))
        return None if row is None else CrlHead(row.number, row.this_update, row.next_update, row.entries)

    def find_current(
        self, issuer_key_id: UUID, base_number: int | None = None, *, shard: int | None = None
    ) -> CrlRecord | None:
        row = self._transaction.first(_newest(sa.select(crls), issuer_key_id, base_number, shard))
        return None if row is None else _from_row(row)

    def find_this_updates(self, issuer_key_id: UUID) -> Mapping[int | None, datetime]:
        return self._latest(crls.c.this_update, [issuer_key_id]).get(issuer_key_id, {})

    def find_next_updates(self, issuer_key_ids: Collection[UUID]) -> Mapping[UUID, Mapping[int | None, datetime]]:
        return self._latest(crls.c.next_update, issuer_key_ids)

    def _latest(
        self, column: sa.Column[Any], issuer_key_ids: Collection[UUID]
    ) -> Mapping[UUID, Mapping[int | None, datetime]]:
        statement = (
            sa.select(crls.c.issuer_key_id, crls.c.shard, sa.func.max(column).label("latest"))
            .where(crls.c.issuer_key_id.in_(issuer_key_ids), crls.c.base_number.is_(None))
            .group_by(crls.c.issuer_key_id, crls.c.shard)
        )
        found: dict[UUID, dict[int | None, datetime]] = {}
        for row in self._transaction.rows(statement):
            found.setdefault(row.issuer_key_id, {})[row.shard] = row.latest
        return found

    def get(self, crl_id: UUID) -> CrlRecord:
        record = self.find(crl_id)
        if record is None:
            raise NotFound.of("CRL", str(crl_id))
        return record

    def find(self, crl_id: UUID) -> CrlRecord | None:
        row = self._transaction.first(sa.select(crls).where(crls.c.id == crl_id))
        return None if row is None else _from_row(row)

    def page(self, issuer_key_ids: Sequence[UUID], cursor: str | None, limit: int) -> Page[CrlRecord]:
        """Return a page of CRLs, newest first."""
        statement = sa.select(crls).where(crls.c.issuer_key_id.in_(issuer_key_ids))
        return read_page_by_id(self._transaction, statement, crls.c.id, cursor=cursor, limit=limit, value_of=_from_row)

    def add(self, record: CrlRecord) -> None:
        """Store a CRL. Raises Conflict if the key already has one with that number."""
        if not self._transaction.insert_new(crls, _to_row(record)):
            raise Conflict(f"The issuer key already has a CRL with the number {record.number}.")
        change = (StatusSubject.CRL, record.issuer_key_id, None, record.shard)
        self._transaction.group_state.status.publications.append(change)

    def prune(self, now: datetime) -> int:
        is_delta = crls.c.base_number.is_not(None)
        series = (crls.c.issuer_key_id, crls.c.shard, is_delta)
        hour = sa.cast(crls.c.this_update, Integer) // _HOUR
        newest_first = crls.c.number.desc()
        place = sa.func.row_number().over(partition_by=series, order_by=newest_first).label("place")
        in_hour = sa.func.row_number().over(partition_by=(*series, hour), order_by=newest_first).label("in_hour")
        ranked = sa.select(crls.c.id, crls.c.next_update, is_delta.label("is_delta"), place, in_hour).subquery()
        superseded = sa.and_(ranked.c.place > _KEPT, ranked.c.in_hour > 1)
        is_over = sa.and_(ranked.c.next_update < now, sa.or_(ranked.c.place > 1, ranked.c.is_delta))
        old = sa.select(ranked.c.id).where(sa.or_(superseded, is_over)).limit(_AT_ONCE)
        return self._transaction.changed(sa.delete(crls).where(crls.c.id.in_(old)))


def _newest(
    statement: sa.Select[Any], issuer_key_id: UUID, base_number: int | None, shard: int | None
) -> sa.Select[Any]:
    these = (crls.c.issuer_key_id == issuer_key_id, _is(crls.c.shard, shard), _is(crls.c.base_number, base_number))
    return statement.where(*these).order_by(crls.c.number.desc()).limit(1)


def _is(column: sa.Column[Any], value: int | None) -> sa.ColumnElement[bool]:
    return column.is_(None) if value is None else column == value


def _to_row(record: CrlRecord) -> dict[str, object]:
    return {
        "id": record.id,
        "issuer_key_id": record.issuer_key_id,
        "number": record.number,
        "this_update": record.this_update,
        "next_update": record.next_update,
        "entries": record.entries,
        "der": record.der,
        "created_at": record.created_at,
        "base_number": record.base_number,
        "shard": record.shard,
    }


def _from_row(row: sa.Row[Any]) -> CrlRecord:
    return CrlRecord(
        id=row.id,
        issuer_key_id=row.issuer_key_id,
        number=row.number,
        this_update=row.this_update,
        next_update=row.next_update,
        entries=row.entries,
        der=row.der,
        created_at=row.created_at,
        base_number=row.base_number,
        shard=row.shard,
    )
