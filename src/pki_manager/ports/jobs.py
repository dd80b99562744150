"""What storage keeps of background jobs; part of the storage port."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from pki_manager.domain.jobs import Due, Fairness, Job, JobKind, JobState, NewJob
from pki_manager.domain.page import Page


class JobReader(Protocol):
    def get(self, job_id: UUID) -> Job: ...

    def page(self, state: JobState | None, cursor: str | None, limit: int) -> Page[Job]: ...

    def count_by_state(self) -> dict[JobState, int]: ...

    def due(self, now: datetime) -> Mapping[JobKind, Due]:
        """The kinds of which a job could be taken now."""
        ...


class Jobs(JobReader, Protocol):
    def enqueue(self, job: NewJob, now: datetime, run_at: datetime | None = None) -> UUID: ...

    def number_queued(self, prefix: str, most: int) -> int:
        """How many queued jobs have a `coalesce` key that begins like that, counted up to `most`."""
        ...

    def publish_status(self, issuer_key_id: UUID, serial: int, *, is_new: bool = False) -> None:
        """Ask for a serial number's status to be published: one job for all that a commit asks of an issuer key.

        `is_new`: of a certificate that was just issued, for which a status can wait (`JobKind.PUBLISH_NEW_STATUS`).
        """
        ...

    def take(self, now: datetime, lease: timedelta, limit: int, kind: JobKind | None = None) -> Sequence[Job]:
        """Lease up to `limit` due jobs to the caller, tries counted up; oldest first. Never the same to two callers."""
        ...

    def take_in_turns(self, now: datetime, lease: timedelta, limit: int, fairness: Fairness) -> Sequence[Job]:
        """As `take`, of the kind that `fairness` is about; those that run in other processes count."""
        ...

    def finish(self, job_ids: Iterable[UUID], now: datetime) -> None: ...

    def fail(self, job_id: UUID, error: str, now: datetime, run_again_at: datetime | None) -> None:
        """Keep the error; queue again at that time, or leave it failed when None."""
        ...

    def take_over(self, now: datetime, kinds: Collection[JobKind]) -> int:
        """Queue the running jobs of these kinds again, before their leases end, and return how many.

        For a new leader, whose predecessor is gone. Kinds that every process does, leading or not, are left to their
        leases.
        """
        ...

    def put_off(self, job_id: UUID, run_at: datetime) -> None:
        """A running job has done a part of its work: queue it for the rest. One that was cancelled stays so."""
        ...

    def cancel(self, job_id: UUID, now: datetime) -> None:
        """Conflict unless queued or failed; a bulk job also while it is running."""
        ...

    def retry(self, job_id: UUID, now: datetime) -> None:
        """Conflict unless failed or cancelled."""
        ...

    def prune(self, before: datetime) -> int:
        """Forget done jobs that changed before that."""
        ...
