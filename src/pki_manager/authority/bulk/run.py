"""Execution of a bulk job in slices, so that other jobs run between two slices.

Every row is checked first; if one would be refused, the job ends before anything is done. Then rows run several at
once, each with an idempotency claim: a process that continues after a crash does nothing twice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import replace
from functools import partial
from typing import TypeAlias
from uuid import UUID

from pki_manager.authority.bulk.rows import KINDS
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.current_actor import resolve_actor
from pki_manager.domain.bulk import BulkJob, BulkRow, BulkRowState
from pki_manager.domain.errors import InFlight, PartUnavailable, PkiError
from pki_manager.domain.events.audit import BulkEnded, Outcome
from pki_manager.domain.jobs import JobState
from pki_manager.domain.rights.actor import Actor
from pki_manager.ports.unit_of_work import Claim, UnitOfWork

SLICE_SECONDS = 1.0
THREADS = 16
"""Number of threads of one job: as many units of work as can share a commit well."""

Settled: TypeAlias = BulkRow | PartUnavailable | InFlight

ROWS_AT_A_TIME = 64
_OPERATION = "bulk"


def run(ctx: Context, worker: Actor, job_id: UUID) -> None:
    """Run one slice of a bulk job, and queue the job again or complete it.

    Raises PartUnavailable if a component is unavailable.
    """
    with ctx.ports.storage.read() as reader:
        job = reader.bulk.get(job_id)
        actor = resolve_actor(ctx, reader, job.requested_by, job.requested_name, job.via)
    if actor is None:
        _give_up(ctx, worker, job, "its submitter no longer has access")
        return
    deadline = ctx.ports.clock.monotonic() + SLICE_SECONDS
    with ThreadPoolExecutor(THREADS, thread_name_prefix="bulk") as pool:
        while ctx.ports.clock.monotonic() < deadline:
            if not _is_running(ctx, job_id):
                return
            if not _advance(ctx, actor, job, pool):
                if job.started or _refused(ctx, job):
                    _end(ctx, worker, job)
                    return
                job = start_job(ctx, job)
    with ctx.ports.storage.housekeep() as uow:
        uow.jobs.put_off(job_id, ctx.ports.clock.now())


def _is_running(ctx: Context, job_id: UUID) -> bool:
    """Return whether the job is still running. False if a user has cancelled it."""
    with ctx.ports.storage.read() as reader:
        return reader.jobs.get(job_id).state is JobState.RUNNING


def _advance(ctx: Context, actor: Actor, job: BulkJob, pool: ThreadPoolExecutor) -> bool:
    """Check or run the next rows of a job. Return False if no row is left."""
    state = BulkRowState.CHECKED if job.started else BulkRowState.RECEIVED
    with ctx.ports.storage.read() as reader:
        rows = reader.bulk.list_next_rows(job.id, state, ROWS_AT_A_TIME)
    if not rows:
        return False
    together = KINDS[job.action].do_together
    if not job.started:
        check = _checking(ctx, actor, job)
        settled = [_settle(check, row) for row in rows]
    elif together is not None:
        results = together(ctx, actor, [(row.body, _claim(job, row)) for row in rows])
        settled = [_settle(partial(_done, result), row) for row, result in zip(rows, results, strict=True)]
    else:
        work = _doing(ctx, actor, job)
        contexts = [copy_context() for _ in rows]
        settled = list(pool.map(lambda context, row: context.run(_settle, work, row), contexts, rows))
    keep_results(ctx, job, settled)
    return True


def _checking(ctx: Context, actor: Actor, job: BulkJob) -> Callable[[BulkRow], BulkRow]:
    kind = KINDS[job.action]

    def work(row: BulkRow) -> BulkRow:
        kind.check(ctx, actor, row.body)
        return replace(row, state=BulkRowState.CHECKED)

    return work


def _done(result: UUID | PkiError | None, row: BulkRow) -> BulkRow:
    if isinstance(result, PkiError):
        raise result
    return replace(row, state=BulkRowState.DONE, certificate_id=result)


def _claim(job: BulkJob, row: BulkRow) -> Claim:
    return Claim(_OPERATION, f"{job.id}:{row.number}", b"")


def _doing(ctx: Context, actor: Actor, job: BulkJob) -> Callable[[BulkRow], BulkRow]:
    kind = KINDS[job.action]

    def work(row: BulkRow) -> BulkRow:
        return _done(kind.do(ctx, actor, row.body, _claim(job, row)), row)

    return work


def _settle(work: Callable[[BulkRow], BulkRow], row: BulkRow) -> Settled:
    """Return the row with its result, or the error that names what it waits for."""
    try:
        return work(row)
    except (PartUnavailable, InFlight) as away:
        return away
    except PkiError as error:
        return replace(row, state=BulkRowState.REFUSED, code=error.code, detail=error.detail)


def keep_results(ctx: Context, job: BulkJob, settled: Sequence[Settled]) -> None:
    """Store the results of the rows that have one, even if other rows must wait.

    Raises PartUnavailable if a row waits for an unavailable component, or for a process that has ended.
    """
    rows = [row for row in settled if isinstance(row, BulkRow)]
    if rows:
        with ctx.ports.storage.housekeep() as uow:
            uow.bulk.settle(job.id, rows)
    for waiting in settled:
        if isinstance(waiting, InFlight):
            raise PartUnavailable("A row is still in progress in a process that has ended.", retry_after=5)
        if isinstance(waiting, PartUnavailable):
            raise waiting


def _refused(ctx: Context, job: BulkJob) -> int:
    with ctx.ports.storage.read() as reader:
        return reader.bulk.count_rows(job.id)[BulkRowState.REFUSED]


def start_job(ctx: Context, job: BulkJob) -> BulkJob:
    """Record that all rows are checked, so that their execution begins."""
    with ctx.ports.storage.housekeep() as uow:
        uow.bulk.start(job.id)
    return replace(job, started=True)


def _end(ctx: Context, worker: Actor, job: BulkJob) -> None:
    """End the job: as finished, even if rows were refused, or as abandoned if the check would refuse rows."""
    if not job.started:
        refused = _refused(ctx, job)
        _give_up(ctx, worker, job, f"{refused} of {job.rows} rows would be refused; nothing was done")
        return
    with ctx.ports.storage.begin(worker) as uow:
        uow.jobs.finish([job.id], ctx.ports.clock.now())
        uow.record(_ended(uow, job, Outcome.SUCCESS))


def _give_up(ctx: Context, worker: Actor, job: BulkJob, why: str) -> None:
    with ctx.ports.storage.begin(worker) as uow:
        uow.jobs.fail(job.id, why, ctx.ports.clock.now(), None)
        uow.record(_ended(uow, job, Outcome.REFUSED))


def _ended(uow: UnitOfWork, job: BulkJob, outcome: Outcome) -> BulkEnded:
    counts = uow.bulk.count_rows(job.id)
    return BulkEnded(
        object_id=str(job.id),
        outcome=outcome,
        bulk_action=job.action.value,
        done=counts[BulkRowState.DONE],
        refused=counts[BulkRowState.REFUSED],
    )
