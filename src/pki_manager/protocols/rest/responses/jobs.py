"""Response bodies of jobs."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel

from pki_manager.domain import jobs


class JobResponse(BaseModel):
    id: UUID
    kind: jobs.JobKind
    payload: dict[str, str]
    state: jobs.JobState
    run_at: datetime
    tries: int
    last_error: str | None
    created_at: datetime
    changed_at: datetime

    @classmethod
    def of(cls, job: jobs.Job) -> JobResponse:
        return cls(
            id=job.id,
            kind=job.kind,
            payload=job.payload,
            state=job.state,
            run_at=job.run_at,
            tries=job.tries,
            last_error=job.last_error,
            created_at=job.created_at,
            changed_at=job.changed_at,
        )


class JobPage(BaseModel):
    items: list[JobResponse]
    next_cursor: str | None
