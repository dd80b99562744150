"""`/jobs`: background jobs."""

from __future__ import annotations

from fastapi import APIRouter

from pki_manager.authority.installation import jobs, queries
from pki_manager.authority.kernel.access import Permission
from pki_manager.domain import errors
from pki_manager.domain.jobs import JobState
from pki_manager.protocols.rest.fields import DEFAULT_LIMIT, Cursor, Identifier, Limit
from pki_manager.protocols.rest.operation import Caller, OperationRoute, operation
from pki_manager.protocols.rest.responses.jobs import JobPage, JobResponse
from pki_manager.protocols.rest.responses.page import build_page

router = APIRouter(prefix="/jobs", tags=["jobs"], route_class=OperationRoute)


@router.get("", summary="List jobs", **operation(Permission.JOB_READ))
def list_jobs(
    call: Caller, state: JobState | None = None, cursor: Cursor = None, limit: Limit = DEFAULT_LIMIT
) -> JobPage:
    """List jobs, newest first. Filters are combined with AND."""
    return JobPage(**build_page(queries.list_jobs(call.ctx, call.actor, state, cursor, limit), JobResponse.of))


@router.get("/{job}", summary="Get a job", **operation(Permission.JOB_READ, errors.NotFound))
def get_job(call: Caller, job: Identifier) -> JobResponse:
    """Return a job with its state, its attempts, and its last error."""
    return JobResponse.of(queries.show_job(call.ctx, call.actor, job))


@router.post(
    "/{job}/cancel",
    summary="Cancel a job",
    **operation(Permission.JOB_CONTROL, errors.NotFound, errors.Conflict, posted=True),
)
def cancel_job(call: Caller, job: Identifier) -> JobResponse:
    """Cancel a queued or failed job. If it validates an ACME challenge, the challenge becomes invalid."""
    return JobResponse.of(jobs.cancel_job(call.ctx, call.actor, job, call.claim).value)


@router.post(
    "/{job}/retry",
    summary="Retry a job",
    **operation(Permission.JOB_CONTROL, errors.NotFound, errors.Conflict, posted=True),
)
def retry_job(call: Caller, job: Identifier) -> JobResponse:
    """Queue a failed or cancelled job again."""
    return JobResponse.of(jobs.retry_job(call.ctx, call.actor, job, call.claim).value)
