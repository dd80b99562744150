"""Response bodies of bulk jobs."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel

from pki_manager.authority.bulk.results import BulkProgress
from pki_manager.domain import bulk
from pki_manager.domain.bulk import BulkAction, BulkRowState
from pki_manager.domain.jobs import JobState


class BulkRows(BaseModel):
    """Number of rows in each state."""

    total: int
    received: int
    checked: int
    done: int
    refused: int


class BulkJobResponse(BaseModel):
    """Bulk job. A failed job has changed nothing.

    `phase` is `checking` while rows are validated, then `working`.
    """

    id: UUID
    action: BulkAction
    state: JobState
    phase: str
    rows: BulkRows
    last_error: str | None
    requested_by: str
    created_at: datetime
    changed_at: datetime

    @classmethod
    def of(cls, progress: BulkProgress) -> BulkJobResponse:
        job, of_it = progress.job, progress.bulk
        return cls(
            id=job.id,
            action=of_it.action,
            state=job.state,
            phase="working" if of_it.started else "checking",
            rows=BulkRows(total=of_it.rows, **{state.value: number for state, number in progress.counts.items()}),
            last_error=job.last_error,
            requested_by=of_it.requested_by,
            created_at=job.created_at,
            changed_at=job.changed_at,
        )


class BulkRowResponse(BaseModel):
    """Row of a bulk job.

    `number` counts from 1, `reference` is your own; `code` and `detail` say why a row was refused.
    """

    number: int
    reference: str | None
    state: BulkRowState
    certificate: UUID | None
    code: str | None
    detail: str | None

    @classmethod
    def of(cls, row: bulk.BulkRow) -> BulkRowResponse:
        return cls(
            number=row.number,
            reference=row.body.get("reference"),
            state=row.state,
            certificate=row.certificate_id,
            code=row.code,
            detail=row.detail,
        )


class BulkRowPage(BaseModel):
    items: list[BulkRowResponse]
    next_cursor: str | None
