"""`/certificates/bulk`: many certificates by one file."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from pki_manager.authority.bulk import results
from pki_manager.authority.bulk.submit import submit
from pki_manager.authority.kernel.access import Permission
from pki_manager.domain import errors
from pki_manager.domain.approval import Operation as Gate
from pki_manager.domain.bulk import BulkAction, BulkRowState
from pki_manager.protocols.rest.bulk_rows import MEDIA_TYPES, read_rows
from pki_manager.protocols.rest.fields import DEFAULT_LIMIT, Cursor, Identifier, Limit
from pki_manager.protocols.rest.files import ARCHIVE_FILE, CertificateFormat, certificates_archive
from pki_manager.protocols.rest.operation import Caller, Operation, operation
from pki_manager.protocols.rest.responses.bulk import BulkJob, BulkRow, BulkRowPage
from pki_manager.protocols.rest.responses.page import paged
from pki_manager.protocols.rest.waiting import Waiting

router = APIRouter(prefix="/certificates/bulk", tags=["bulk"], route_class=Operation)

Default = Annotated[str | None, Query(max_length=200, description="For rows that do not say it themselves")]


_SUBMITTING: dict[str, Any] = operation(
    Permission.BULK_RUN,
    posted=True,
    media_types=MEDIA_TYPES,
    gates=[Gate.CERTIFICATE_BULK_FILE, Gate.CERTIFICATE_BULK_REVOKE],
)
del _SUBMITTING["responses"][202]  # what waits, and the job that was taken, are both 202: one answer or the other


@router.post("", status_code=202, response_model=BulkJob | Waiting, **_SUBMITTING)
def submit_bulk(
    call: Caller,
    response: Response,
    request: Request,
    action: BulkAction,
    ca: Default = None,
    profile: Default = None,
    validity: Default = None,
    reason: Default = None,
) -> BulkJob:
    """Issue, renew, revoke, export or import by rows of CSV (with a header line) or NDJSON: all are checked first.

    Fields: `csr`, `ca`, `profile`, `subject`, `sans` (separated by spaces), `validity` to issue; `certificate`,
    `validity` to renew; `certificate`, `reason`, `invalidity_date` to revoke; `certificate` to export; `reference`
    (yours, handed back) always. To import what an external CA has issued: `ca`, `certificate`, `profile`, and for what
    it has revoked `serial_number`, `revoked_at`, `reason`, `invalidity_date`, `expires_at`.
    """
    told = {"ca": ca, "profile": profile, "validity": validity, "reason": reason}
    defaults = {name: value for name, value in told.items() if value is not None}
    rows = read_rows(call.content, call.media_type, defaults)
    job_id, _ = submit(call.ctx, call.actor, action, rows, call.claim)
    response.headers["Location"] = f"{request.scope.get('root_path', '')}/certificates/bulk/{job_id}"
    return BulkJob.of(results.progress(call.ctx, call.actor, job_id))


@router.get("/{job}", **operation(Permission.BULK_RUN, errors.NotFound))
def get_bulk(call: Caller, job: Identifier) -> BulkJob:
    """How far it is. It is cancelled and retried like any job, at `/jobs/{job}`."""
    return BulkJob.of(results.progress(call.ctx, call.actor, job))


@router.get("/{job}/rows", **operation(Permission.BULK_RUN, errors.NotFound))
def list_bulk_rows(
    call: Caller,
    job: Identifier,
    state: BulkRowState | None = None,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> BulkRowPage:
    """Each row's result, in the order of the file."""
    page = results.rows(call.ctx, call.actor, job, state, cursor, limit)
    return BulkRowPage(**paged(page, BulkRow.of))


_FILE: dict[str, Any] = operation(Permission.BULK_RUN, errors.NotFound)
_FILE["responses"][200] = ARCHIVE_FILE


@router.get("/{job}/file", response_class=Response, **_FILE)
def get_bulk_file(
    call: Caller,
    job: Identifier,
    form: Annotated[CertificateFormat, Query(alias="format")] = CertificateFormat.PEM,
) -> Response:
    """A ZIP archive with a file for each row that is done, named by row and serial number.

    `format` is `pem`, `der`, `chain`, `fullchain` or `p7b`.
    """
    return certificates_archive(results.chains(call.ctx, call.actor, job), form)
