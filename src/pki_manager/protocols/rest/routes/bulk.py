"""`/certificates/bulk`: bulk jobs."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from pki_manager.authority.bulk import results
from pki_manager.authority.bulk.submit import submit
from pki_manager.authority.kernel.access import Permission
from pki_manager.domain import errors
from pki_manager.domain.approval import Operation
from pki_manager.domain.bulk import BulkAction, BulkRowState
from pki_manager.protocols.rest.bulk_rows import MEDIA_TYPES, read_rows
from pki_manager.protocols.rest.fields import DEFAULT_LIMIT, Cursor, Identifier, Limit
from pki_manager.protocols.rest.files import ARCHIVE_FILE, CertificateFormat, build_certificates_archive
from pki_manager.protocols.rest.operation import Caller, OperationRoute, operation
from pki_manager.protocols.rest.responses.bulk import BulkJobResponse, BulkRowPage, BulkRowResponse
from pki_manager.protocols.rest.responses.page import build_page
from pki_manager.protocols.rest.waiting import Waiting

router = APIRouter(prefix="/certificates/bulk", tags=["bulk"], route_class=OperationRoute)

Default = Annotated[str | None, Query(max_length=200, description="Default value for rows without this field")]


_SUBMITTING: dict[str, Any] = operation(
    Permission.BULK_RUN,
    posted=True,
    media_types=MEDIA_TYPES,
    gates=[Operation.CERTIFICATE_BULK_FILE, Operation.CERTIFICATE_BULK_REVOKE],
)
del _SUBMITTING["responses"][202]  # what waits, and the job that was taken, are both 202: one answer or the other


@router.post("", summary="Submit a bulk job", status_code=202, response_model=BulkJobResponse | Waiting, **_SUBMITTING)
def submit_bulk(
    call: Caller,
    response: Response,
    request: Request,
    action: BulkAction,
    ca: Default = None,
    profile: Default = None,
    validity: Default = None,
    reason: Default = None,
) -> BulkJobResponse:
    """Issue, renew, revoke, export, or import certificates by the rows of a file: CSV with a header line, or NDJSON.

    All rows are validated first. If a row is invalid, nothing is changed and the error names the row.

    Fields to issue: `csr`, `ca`, `profile`, `subject`, `sans` (separated by spaces), `validity`. To renew:
    `certificate`, `validity`. To revoke: `certificate`, `reason`, `invalidity_date`. To export: `certificate`. To
    import certificates of an external CA: `ca`, `certificate`, `profile`, and for revoked certificates `serial_number`,
    `revoked_at`, `reason`, `invalidity_date`, `expires_at`. Every action accepts `reference`, your own identifier,
    which is returned with the result of the row.
    """
    common = {"ca": ca, "profile": profile, "validity": validity, "reason": reason}
    defaults = {name: value for name, value in common.items() if value is not None}
    rows = read_rows(call.content, call.media_type, defaults)
    job_id, _ = submit(call.ctx, call.actor, action, rows, call.claim)
    response.headers["Location"] = f"{request.scope.get('root_path', '')}/certificates/bulk/{job_id}"
    return BulkJobResponse.of(results.get_progress(call.ctx, call.actor, job_id))


@router.get("/{job}", summary="Get a bulk job", **operation(Permission.BULK_RUN, errors.NotFound))
def get_bulk(call: Caller, job: Identifier) -> BulkJobResponse:
    """Return the progress of a bulk job. Cancel and retry it at `/jobs/{job}`."""
    return BulkJobResponse.of(results.get_progress(call.ctx, call.actor, job))


@router.get("/{job}/rows", summary="List bulk job rows", **operation(Permission.BULK_RUN, errors.NotFound))
def list_bulk_rows(
    call: Caller,
    job: Identifier,
    state: BulkRowState | None = None,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> BulkRowPage:
    """List the result of each row, in the order of the file."""
    page = results.list_rows(call.ctx, call.actor, job, state, cursor, limit)
    return BulkRowPage(**build_page(page, BulkRowResponse.of))


_FILE: dict[str, Any] = operation(Permission.BULK_RUN, errors.NotFound)
_FILE["responses"][200] = ARCHIVE_FILE


@router.get("/{job}/file", summary="Download bulk job certificates", response_class=Response, **_FILE)
def get_bulk_file(
    call: Caller,
    job: Identifier,
    form: Annotated[CertificateFormat, Query(alias="format")] = CertificateFormat.PEM,
) -> Response:
    """Return a ZIP archive with one file for each completed row, named by row number and serial number.

    `format` is `pem`, `der`, `chain`, `fullchain`, or `p7b`.
    """
    return build_certificates_archive(results.read_chains(call.ctx, call.actor, job), form)
