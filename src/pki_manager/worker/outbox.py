"""The outbox: jobs that use cases stored in the same transaction as their changes. Failed jobs are retried."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from pki_manager.authority.bulk import run as bulk
from pki_manager.authority.cas import destroy_key
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.requests import issue_approved
from pki_manager.authority.scep import ra
from pki_manager.authority.status import ocsp_signer, publish_ca, publish_crl, publish_ocsp, publish_trust
from pki_manager.domain.errors import PartUnavailable, PkiError
from pki_manager.domain.jobs import Job, JobKind
from pki_manager.domain.rights.actor import Actor
from pki_manager.worker.pace import Pace

LEASE = timedelta(minutes=2)
BATCH, NEW_BATCH = 50, 8
"""Maximum number of jobs in a batch, each of up to 64 serial numbers.

NEW_BATCH is small, because urgent jobs wait until the current batch of less urgent jobs ends.
"""
MAX_TRIES = 12
"""Attempts after which a job stays failed until a person acts. Attempts with an unavailable component do not count."""

_LONGEST_WAIT = timedelta(minutes=5)
LONGEST_WAIT_FOR_A_PART = timedelta(seconds=30)
"""Maximum time until a job is retried whose component is unavailable, so that it runs soon after the component is back.
"""

_log = logging.getLogger(__name__)


def _publish_statuses(ctx: Context, actor: Actor, jobs: Sequence[Job]) -> None:
    serials: dict[UUID, list[int]] = {}
    for job in jobs:
        # Jobs that version 0.1.0 left queued say `serial`: an upgrade must not keep a revocation from OCSP.
        listed = job.payload.get("serials") or job.payload["serial"]
        serials.setdefault(_issuer_key(job), []).extend(int(serial, 16) for serial in listed.split())
    for issuer_key_id, numbers in serials.items():
        publish_ocsp.publish_statuses(ctx, actor, issuer_key_id, numbers)


def _publish_crl(ctx: Context, actor: Actor, jobs: Sequence[Job]) -> None:
    for job in jobs:
        shard = job.payload.get("shard")
        if shard is None:
            publish_crl.publish_all_changes(ctx, actor, _issuer_key(job))
        else:
            publish_crl.publish_changes(ctx, actor, _issuer_key(job), int(shard))


def _renew_ocsp_signer(ctx: Context, _actor: Actor, jobs: Sequence[Job]) -> None:
    for job in jobs:
        ocsp_signer.ensure(ctx, _issuer_key(job))


def _renew_scep_ra(ctx: Context, _actor: Actor, jobs: Sequence[Job]) -> None:
    for job in jobs:
        with ctx.ports.storage.read() as reader:
            ca_id = reader.issuer_keys.get(_issuer_key(job)).ca_id
        ra.ensure_ra(ctx, ca_id)


def _publish_ca_certificate(ctx: Context, _actor: Actor, jobs: Sequence[Job]) -> None:
    for job in jobs:
        publish_ca.publish_ca(ctx, _issuer_key(job))
    publish_trust.publish_trust(ctx)


def _destroy_key(ctx: Context, _actor: Actor, jobs: Sequence[Job]) -> None:
    for job in jobs:
        destroy_key.erase(ctx, _issuer_key(job))


def _run_bulk(ctx: Context, actor: Actor, jobs: Sequence[Job]) -> None:
    for job in jobs:
        bulk.run(ctx, actor, job.id)


def _issue_request(ctx: Context, actor: Actor, jobs: Sequence[Job]) -> None:
    for job in jobs:
        issue_approved.proceed(ctx, actor, UUID(job.payload["request"]))


def _issuer_key(job: Job) -> UUID:
    return UUID(job.payload["issuer_key"])


@dataclass(frozen=True, slots=True)
class Handler:
    """The function that runs jobs of one kind, and the maximum number of jobs in a call.

    Running a job twice must have the same effect as running it once.
    """

    run: Callable[[Context, Actor, Sequence[Job]], None]
    batch: int = 1


HANDLERS: dict[JobKind, Handler] = {
    JobKind.PUBLISH_CA_CERTIFICATE: Handler(_publish_ca_certificate),
    JobKind.RENEW_OCSP_SIGNER: Handler(_renew_ocsp_signer),
    JobKind.ISSUE_REQUEST: Handler(_issue_request),
    JobKind.RENEW_SCEP_RA: Handler(_renew_scep_ra),
    JobKind.PUBLISH_STATUS: Handler(_publish_statuses, BATCH),
    JobKind.PUBLISH_CRL: Handler(_publish_crl),
    JobKind.DESTROY_KEY: Handler(_destroy_key),
    JobKind.PUBLISH_NEW_STATUS: Handler(_publish_statuses, NEW_BATCH),
    JobKind.BULK: Handler(_run_bulk),
}
"""Handlers by kind of job, most urgent first: jobs that other jobs depend on, then jobs that relying parties wait for.

Jobs that wait for other servers are not included: `validator` runs them in separate threads.
"""


URGENT = frozenset(
    {JobKind.PUBLISH_CA_CERTIFICATE, JobKind.RENEW_OCSP_SIGNER, JobKind.PUBLISH_STATUS, JobKind.PUBLISH_CRL}
)
"""The kinds of jobs that relying parties wait for. They run in a separate thread, so that other work cannot delay them.
"""

OTHERS = frozenset(HANDLERS) - URGENT


def run_outbox(
    ctx: Context,
    actor: Actor,
    enough: Callable[[], bool] = lambda: False,
    pace: Pace | None = None,
    kinds: Collection[JobKind] = HANDLERS,
) -> int:
    """Run the due jobs of `kinds` until none is left or `enough` returns True. Returns how many succeeded.

    After each batch, the most urgent kind comes next. `pace` delays some kinds. A job that fails is queued again with
    its error. Raises StorageUnavailable if the outbox itself is unavailable.
    """
    done = 0
    while not enough():
        jobs = _take(ctx, pace, kinds)
        if not jobs:
            break
        began = ctx.ports.clock.monotonic()
        done += _run(ctx, actor, HANDLERS[jobs[0].kind], jobs)
        if pace is not None:
            pace.spent(jobs[0].kind, began)
    return done


def _take(ctx: Context, pace: Pace | None, kinds: Collection[JobKind]) -> Sequence[Job]:
    now = ctx.ports.clock.now()
    with ctx.ports.storage.read() as reader:  # reading is cheap: only a found job waits for the disk
        due = reader.jobs.find_due(now)
    waiting = set(pace.held_back(due)) if pace is not None else set[JobKind]()
    if JobKind.RENEW_OCSP_SIGNER in due:
        waiting.add(JobKind.PUBLISH_NEW_STATUS)  # of a new CA, whose first signer another thread is about to make
    for kind, handler in HANDLERS.items():
        if kind in kinds and kind in due and kind not in waiting:
            with ctx.ports.storage.housekeep() as uow:
                jobs = uow.jobs.take(now, LEASE, handler.batch, kind)
            if jobs:
                return jobs
    return ()


def _run(ctx: Context, actor: Actor, handler: Handler, jobs: Sequence[Job]) -> int:
    try:
        handler.run(ctx, actor, jobs)
    except Exception as error:  # noqa: BLE001 - any exception of a handler becomes the job's last error
        if len(jobs) > 1 and not isinstance(error, PartUnavailable):
            # One bad job must not hold back the others of its batch.
            return sum(_run(ctx, actor, handler, [job]) for job in jobs)
        by_key = _by_issuer_key(jobs)
        if len(by_key) > 1:
            # An unavailable key must not delay those of other backends.
            return sum(_run(ctx, actor, handler, of_key) for of_key in by_key)
        put_back(ctx, jobs, error)
        return 0
    with ctx.ports.storage.housekeep() as uow:
        uow.jobs.finish([job.id for job in jobs], ctx.ports.clock.now())
    return len(jobs)


def _by_issuer_key(jobs: Sequence[Job]) -> list[list[Job]]:
    found: dict[str, list[Job]] = {}
    for job in jobs:
        found.setdefault(job.payload.get("issuer_key", ""), []).append(job)
    return list(found.values())


def put_back(ctx: Context, jobs: Sequence[Job], error: Exception) -> None:
    """Queue failed jobs again, with a delay that grows. Jobs for which `is_final` is true stay failed."""
    # A foreign exception's text may hold anything; the log has it, the job only its name.
    reason = error.detail if isinstance(error, PkiError) else type(error).__name__
    facts = {"kind": jobs[0].kind.value, "jobs": len(jobs), "reason": reason}
    if isinstance(error, PartUnavailable):
        _log.warning("jobs failed, retrying", extra=facts)
    else:
        _log.error("jobs failed", exc_info=error, extra=facts)
    now = ctx.ports.clock.now()
    with ctx.ports.storage.housekeep() as uow:
        for job in jobs:
            longest = LONGEST_WAIT_FOR_A_PART if isinstance(error, PartUnavailable) else _LONGEST_WAIT
            run_again_at = None if is_final(job, error) else now + compute_backoff(job.tries, longest)
            uow.jobs.fail(job.id, reason, now, run_again_at)


def is_final(job: Job, error: Exception) -> bool:
    """Return whether a job that failed with this error stays failed.

    Jobs whose component is unavailable are retried without limit.
    """
    return job.tries >= MAX_TRIES and not isinstance(error, PartUnavailable)


def compute_backoff(tries: int, longest: timedelta = _LONGEST_WAIT) -> timedelta:
    """Return the delay: one second after the first failure, doubled after each further one, at most `longest`."""
    return min(timedelta(seconds=2 ** min(tries - 1, 16)), longest)
