"""Cancelling and retrying background jobs."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from pki_manager.authority.acme.validate import CANCELLED, give_up
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.idempotency import Done, run_once
from pki_manager.domain.events.audit import JobCancelled, JobRetried
from pki_manager.domain.jobs import Job, JobKind
from pki_manager.domain.rights.actor import Actor
from pki_manager.policy import access
from pki_manager.policy.access import Permission
from pki_manager.ports.unit_of_work import Claim, UnitOfWork


def cancel_job(ctx: Context, actor: Actor, job_id: UUID, claim: Claim | None = None) -> Done[Job]:
    """Cancel a background job. Raises Conflict unless it is queued or failed.

    If the job validates a challenge, the challenge becomes invalid, so that its client does not wait for it.
    """

    def cancel(uow: UnitOfWork) -> None:
        uow.jobs.cancel(job_id, ctx.ports.clock.now())
        uow.record(JobCancelled(object_id=str(job_id)))
        job = uow.jobs.get(job_id)
        if job.kind is JobKind.VALIDATE_CHALLENGE:
            give_up(uow, UUID(job.payload["challenge"]), CANCELLED)

    return _act(ctx, actor, job_id, claim, cancel)


def retry_job(ctx: Context, actor: Actor, job_id: UUID, claim: Claim | None = None) -> Done[Job]:
    """Queue a failed or cancelled job again. Raises Conflict for any other state."""

    def retry(uow: UnitOfWork) -> None:
        uow.jobs.retry(job_id, ctx.ports.clock.now())
        if uow.jobs.get(job_id).kind is JobKind.BULK:
            uow.bulk.reopen(job_id)
        uow.record(JobRetried(object_id=str(job_id)))

    return _act(ctx, actor, job_id, claim, retry)


def _act(ctx: Context, actor: Actor, job_id: UUID, claim: Claim | None, act: Callable[[UnitOfWork], None]) -> Done[Job]:
    access.require(actor, Permission.JOB_CONTROL)

    def work() -> Job:
        with ctx.ports.storage.begin(actor) as uow:
            if claim is not None:
                uow.idempotency.claim(actor.id, claim, job_id, ctx.ports.clock.now())
            act(uow)
            return uow.jobs.get(job_id)

    def again(object_id: UUID) -> Job:
        with ctx.ports.storage.read() as reader:
            return reader.jobs.get(object_id)

    return run_once(ctx, actor, claim, work, again)
