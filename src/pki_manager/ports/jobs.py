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

    def find_due(self, now: datetime) -> Mapping[JobKind, Due]:
        """Return the kinds with jobs that can be taken now, each with the due times of the first and the last job."""
        ...


class Jobs(JobReader, Protocol):
    """Stored background jobs that a transaction can change."""

    def enqueue(self, job: NewJob, now: datetime, run_at: datetime | None = None) -> UUID: ...

    def count_queued(self, prefix: str, most: int) -> int:
        """Return how many queued jobs have a `coalesce` key with that prefix, at most `most`."""
        ...

    def publish_status(self, issuer_key_id: UUID, serial: int, *, is_new: bool = False) -> None:
        """Queue the publication of a serial number's status. A commit creates one job for each issuer key.

        With `is_new`, the certificate was just issued, so its status can wait (`JobKind.PUBLISH_NEW_STATUS`).
        """
        ...

    def take(self, now: datetime, lease: timedelta, limit: int, kind: JobKind | None = None) -> Sequence[Job]:
        """Lease up to `limit` due jobs to the caller, oldest first, and count the attempt.

        A job is never leased to two callers at a time.
        """
        ...

    def take_in_turns(self, now: datetime, lease: timedelta, limit: int, fairness: Fairness) -> Sequence[Job]:
        """Lease jobs of one kind as `take` does, within the limits of `fairness`.

        Jobs that run in other processes count toward the limits.
        """
        ...

    def finish(self, job_ids: Iterable[UUID], now: datetime) -> None: ...

    def fail(self, job_id: UUID, error: str, now: datetime, run_again_at: datetime | None) -> None:
        """Store the error of a job and queue it again for `run_again_at`. With None, the job stays failed."""
        ...

    def take_over(self, now: datetime, kinds: Collection[JobKind]) -> int:
        """Queue the running jobs of these kinds again before their leases end. Returns how many.

        A new leader process calls this, because its predecessor has ended. For kinds that every process runs, the
        leases must end first.
        """
        ...

    def put_off(self, job_id: UUID, run_at: datetime) -> None:
        """Queue a running job again for `run_at`, to continue its work. A job that was cancelled stays cancelled."""
        ...

    def cancel(self, job_id: UUID, now: datetime) -> None:
        """Cancel a job. Raises Conflict unless it is queued or failed. A running bulk job can also be cancelled."""
        ...

    def retry(self, job_id: UUID, now: datetime) -> None:
        """Queue a job again. Raises Conflict unless the job has failed or was cancelled."""
        ...

    def prune(self, before: datetime) -> int:
        """Delete completed jobs that last changed before that time. Returns how many were deleted."""
        ...
