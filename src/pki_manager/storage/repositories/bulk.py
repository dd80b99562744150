"""Stored bulk jobs and their rows. A row is identified by its number in the file."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from pki_manager.domain.bulk import BulkAction, BulkJob, BulkRow, BulkRowState
from pki_manager.domain.errors import NotFound
from pki_manager.domain.page import Page
from pki_manager.storage.encoding.names import dump
from pki_manager.storage.engine.paging import build_page, decode_cursor, encode_cursor, limit_page
from pki_manager.storage.engine.transaction import Transaction
from pki_manager.storage.tables.jobs import bulk_jobs, bulk_rows, jobs


class SqlBulk:
    """Implements ports.bulk.Bulk."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def get(self, job_id: UUID) -> BulkJob:
        row = self._transaction.first(sa.select(bulk_jobs).where(bulk_jobs.c.id == job_id))
        if row is None:
            raise NotFound.of("bulk job", str(job_id))
        return BulkJob(
            id=row.id,
            action=BulkAction(row.action),
            requested_by=row.requested_by,
            requested_name=row.requested_name,
            via=row.via,
            rows=row.rows,
            created_at=row.created_at,
            started=bool(row.started),
        )

    def count_rows(self, job_id: UUID) -> Mapping[BulkRowState, int]:
        statement = (
            sa.select(bulk_rows.c.state, sa.func.count().label("number"))
            .where(bulk_rows.c.job_id == job_id)
            .group_by(bulk_rows.c.state)
        )
        found = {BulkRowState(row.state): row.number for row in self._transaction.rows(statement)}
        return dict.fromkeys(BulkRowState, 0) | found

    def page(self, job_id: UUID, state: BulkRowState | None, cursor: str | None, limit: int) -> Page[BulkRow]:
        size = limit_page(limit)
        statement = sa.select(bulk_rows).where(bulk_rows.c.job_id == job_id)
        if state is not None:
            statement = statement.where(bulk_rows.c.state == state.value)
        if cursor is not None:
            (last,) = decode_cursor(cursor, int)
            statement = statement.where(bulk_rows.c.number > last)
        rows = self._transaction.rows(statement.order_by(bulk_rows.c.number).limit(size + 1))
        return build_page([_from_row(row) for row in rows], size, lambda row: encode_cursor((row.number,)))

    def list_next_rows(self, job_id: UUID, state: BulkRowState, limit: int) -> Sequence[BulkRow]:
        return self.page(job_id, state, None, limit).items

    def list_certificates(self, job_id: UUID, after: int, limit: int) -> Sequence[tuple[int, UUID]]:
        statement = (
            sa.select(bulk_rows.c.number, bulk_rows.c.certificate_id)
            .where(bulk_rows.c.job_id == job_id, bulk_rows.c.state == BulkRowState.DONE.value)
            .where(bulk_rows.c.number > after, bulk_rows.c.certificate_id.is_not(None))
            .order_by(bulk_rows.c.number)
            .limit(limit)
        )
        return [(row.number, row.certificate_id) for row in self._transaction.rows(statement)]

    def add(self, job: BulkJob, rows: Sequence[BulkRow]) -> None:
        values = {
            "id": job.id,
            "action": job.action.value,
            "requested_by": job.requested_by,
            "requested_name": job.requested_name,
            "via": job.via,
            "rows": job.rows,
            "started": int(job.started),
            "created_at": job.created_at,
        }
        self._transaction.execute(sa.insert(bulk_jobs), values)
        self._transaction.execute(
            sa.insert(bulk_rows),
            [
                {"job_id": job.id, "number": row.number, "body": dump(row.body), "state": row.state.value}
                for row in rows
            ],
        )

    def settle(self, job_id: UUID, rows: Sequence[BulkRow]) -> None:
        statement = (
            sa.update(bulk_rows)
            .where(bulk_rows.c.job_id == job_id, bulk_rows.c.number == sa.bindparam("at"))
            .values({name: sa.bindparam(f"new_{name}") for name in ("state", "certificate_id", "code", "detail")})
        )
        values = [
            {
                "at": row.number,
                "new_state": row.state.value,
                "new_certificate_id": row.certificate_id,
                "new_code": row.code,
                "new_detail": row.detail,
            }
            for row in rows
        ]
        self._transaction.execute(statement, values)

    def start(self, job_id: UUID) -> None:
        self._transaction.execute(sa.update(bulk_jobs).where(bulk_jobs.c.id == job_id).values(started=1))

    def reopen(self, job_id: UUID) -> None:
        before = BulkRowState.CHECKED if self.get(job_id).started else BulkRowState.RECEIVED
        refused = (bulk_rows.c.job_id == job_id, bulk_rows.c.state == BulkRowState.REFUSED.value)
        self._transaction.execute(
            sa.update(bulk_rows).where(*refused).values(state=before.value, code=None, detail=None)
        )

    def prune(self) -> int:
        known = sa.select(jobs.c.id).where(jobs.c.id == bulk_jobs.c.id).exists()
        gone = [row.id for row in self._transaction.rows(sa.select(bulk_jobs.c.id).where(~known))]
        if gone:
            self._transaction.execute(sa.delete(bulk_rows).where(bulk_rows.c.job_id.in_(gone)))
            self._transaction.execute(sa.delete(bulk_jobs).where(bulk_jobs.c.id.in_(gone)))
        return len(gone)


def _from_row(row: sa.Row[Any]) -> BulkRow:
    return BulkRow(
        number=row.number,
        body=json.loads(row.body),
        state=BulkRowState(row.state),
        certificate_id=row.certificate_id,
        code=row.code,
        detail=row.detail,
    )
