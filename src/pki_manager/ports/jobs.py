"""The storage port of background jobs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from pki_manager.domain.jobs import Due, Fairness, Job, JobKind, JobState, NewJob
from pki_manager.domain.page import Page


class JobReader(Protocol):
    """Stored background jobs."""

    def get(self, job_id: UUID) -> Job: ...

    def page(self, state: JobState | None, cursor: str | None, limit: int) -> Page[Job]: ...

    def count_by_state(self) -> dict[JobState, int]: ...

    def due(self, now: datetime) -> Mapping[JobKind, Due]:
        """Return the kinds with a job that could be taken now."""
        ...


class Jobs(JobReader, Protocol):
    """Stored background jobs that a transaction can change."""

    def enqueue(self, job: NewJob, now: datetime, run_at: datetime | None = None) -> UUID: ...

    def number_queued(self, prefix: str, most: int) -> int:
        """Return how many queued jobs have a `coalesce` key with that prefix, counted up to `most`."""
        ...

    def publish_status(self, issuer_key_id: UUID, serial: int, *, is_new: bool = False) -> None:
        """Queue the publication of a serial number's status. A commit has one job for each issuer key.

        `is_new`: of a certificate that was just issued, whose status can wait (`JobKind.PUBLISH_NEW_STATUS`).
        """
        ...

    def take(self, now: datetime, lease: timedelta, limit: int, kind: JobKind | None = None) -> Sequence[Job]:
        """Lease up to `limit` due jobs to the caller, oldest first, and count the attempt.

        No job is leased to two callers.
        """
        ...

    def take_in_turns(self, now: datetime, lease: timedelta, limit: int, fairness: Fairness) -> Sequence[Job]:
        """Lease jobs as `take` does, of the kind of `fairness`. Jobs that run in other processes count."""
        ...

    def finish(self, job_ids: Iterable[UUID], now: datetime) -> None: ...

    def fail(self, job_id: UUID, error: str, now: datetime, run_again_at: datetime | None) -> None:
        """Store the error of a job, and queue it again at that time; None leaves it failed."""
        ...

    def take_over(self, now: datetime, kinds: Collection[JobKind]) -> int:
        """Queue the running jobs of these kinds again, before their leases end. Returns how many.

        For a new leader, whose predecessor is gone. Kinds that every process runs are left to their leases.
        """
        ...

    def put_off(self, job_id: UUID, run_at: datetime) -> None:
        """Queue a running job again for the rest of its work. One that was cancelled stays cancelled."""
        ...

    def cancel(self, job_id: UUID, now: datetime) -> None:
        """Cancel a job. Raises Conflict unless it is queued or failed; a bulk job can also be running."""
        ...

    def retry(self, job_id: UUID, now: datetime) -> None:
        """Queue a job again. Raises Conflict unless it is failed or cancelled."""
        ...

    def prune(self, before: datetime) -> int:
        """Delete completed jobs that changed before that. Returns how many."""
        ...
