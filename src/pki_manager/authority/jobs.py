"""Acting on background jobs."""

from __future__ import annotations

from uuid import UUID

from pki_manager.authority.context import Authority
from pki_manager.domain.actor import Actor
from pki_manager.domain.audit import JobCancelled, JobRetried
from pki_manager.domain.jobs import Job
from pki_manager.policy import access
from pki_manager.policy.access import Permission


def cancel_job(authority: Authority, actor: Actor, job_id: UUID) -> Job:
    """Conflict unless it is queued or failed."""
    access.require(actor, Permission.JOB_CONTROL)
    with authority.storage.begin(actor) as uow:
        uow.jobs.cancel(job_id, authority.clock.now())
        uow.record(JobCancelled(object_id=str(job_id)))
        return uow.jobs.get(job_id)


def retry_job(authority: Authority, actor: Actor, job_id: UUID) -> Job:
    """Conflict unless it is failed or cancelled."""
    access.require(actor, Permission.JOB_CONTROL)
    with authority.storage.begin(actor) as uow:
        uow.jobs.retry(job_id, authority.clock.now())
        uow.record(JobRetried(object_id=str(job_id)))
        return uow.jobs.get(job_id)
