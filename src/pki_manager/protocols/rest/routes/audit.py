"""`/audit`: the audit log and its verification."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response, StreamingResponse

from pki_manager.authority.audit import audit_log, export
from pki_manager.authority.kernel.access import Permission
from pki_manager.domain.events.audit import Outcome
from pki_manager.ports.audit_trail import AuditFilter
from pki_manager.protocols.rest import audit_files
from pki_manager.protocols.rest.audit_files import AUDIT_FILE, AuditFormat
from pki_manager.protocols.rest.fields import DEFAULT_LIMIT, Cursor, Limit, Moment
from pki_manager.protocols.rest.operation import Caller, OperationRoute, operation
from pki_manager.protocols.rest.responses.audit import AuditEventResponse, AuditPage, AuditReportResponse
from pki_manager.protocols.rest.responses.page import build_page

router = APIRouter(prefix="/audit", tags=["audit"], route_class=OperationRoute)


_QUERY = (
    "Words that must all occur in an event: part of its action or actor, its outcome, the start of its object's ID. "
    "`a|b` matches either part. At most 10 words, for example `certificate revoked carol`"
)


def _search(
    query: Annotated[str | None, Query(max_length=500, description=_QUERY)] = None,
    action: Annotated[str | None, Query(max_length=100)] = None,
    actor: Annotated[str | None, Query(max_length=200, description="ID of the actor")] = None,
    object_id: Annotated[str | None, Query(max_length=200)] = None,
    via: Annotated[
        str | None, Query(max_length=100, description="Interface of the event, for example `rest` or `cli`")
    ] = None,
    outcome: Outcome | None = None,
    since: Moment | None = None,
    until: Moment | None = None,
) -> AuditFilter:
    return AuditFilter(
        query=query, action=action, actor=actor, object_id=object_id, via=via, outcome=outcome, since=since, until=until
    )


Search = Annotated[AuditFilter, Depends(_search)]


@router.get("", summary="List audit events", **operation(Permission.AUDIT_READ))
def list_audit(call: Caller, where: Search, cursor: Cursor = None, limit: Limit = DEFAULT_LIMIT) -> AuditPage:
    """List audit events, newest first. Filters are combined with AND."""
    return AuditPage(
        **build_page(audit_log.list_audit(call.ctx, call.actor, where, cursor, limit), AuditEventResponse.of)
    )


@router.get("/verify", summary="Verify the audit log", **operation(Permission.AUDIT_READ))
def verify_audit(call: Caller) -> AuditReportResponse:
    """Verify every chain of the audit log, and compare it with every signed checkpoint. Returns each problem found."""
    return AuditReportResponse.of(audit_log.verify_audit(call.ctx, call.actor))


_EXPORT: dict[str, Any] = operation(Permission.AUDIT_READ)
_EXPORT["responses"][200] = AUDIT_FILE


@router.get("/export", summary="Export the audit log", response_class=Response, **_EXPORT)
def export_audit(call: Caller, form: Annotated[AuditFormat, Query(alias="format")], where: Search) -> Response:
    """Export audit events as a file.

    `jsonl` holds all events of a period in segments that can be verified offline. `csv` holds the events that match the
    filters, newest first, and cannot be verified.
    """
    if form is AuditFormat.CSV:
        return StreamingResponse(audit_files.write_csv_lines(call.ctx, call.actor, where), media_type=audit_files.CSV)
    export.require_whole(where)
    lines = export.export_range(call.ctx, call.actor, where.since, where.until)
    return StreamingResponse(lines, media_type=export.MEDIA_TYPE)
