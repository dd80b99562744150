"""`/audit`: the trail, and the proof that it is whole."""

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
from pki_manager.protocols.rest.operation import Caller, Operation, operation
from pki_manager.protocols.rest.responses.audit import AuditEvent, AuditPage, AuditReport
from pki_manager.protocols.rest.responses.page import paged

router = APIRouter(prefix="/audit", tags=["audit"], route_class=Operation)


_QUERY = (
    "Words that must all occur in an event: part of its action or actor, its outcome, the start of its object's ID. "
    "`a|b` matches either part. At most 10 words, for example `certificate revoked carol`"
)


def _search(
    query: Annotated[str | None, Query(max_length=500, description=_QUERY)] = None,
    action: Annotated[str | None, Query(max_length=100)] = None,
    actor: Annotated[str | None, Query(max_length=200, description="An actor's id")] = None,
    object_id: Annotated[str | None, Query(max_length=200)] = None,
    via: Annotated[str | None, Query(max_length=100, description="The door, such as `rest` or `cli`")] = None,
    outcome: Outcome | None = None,
    since: Moment | None = None,
    until: Moment | None = None,
) -> AuditFilter:
    return AuditFilter(
        query=query, action=action, actor=actor, object_id=object_id, via=via, outcome=outcome, since=since, until=until
    )


Search = Annotated[AuditFilter, Depends(_search)]


@router.get("", **operation(Permission.AUDIT_READ))
def list_audit(call: Caller, where: Search, cursor: Cursor = None, limit: Limit = DEFAULT_LIMIT) -> AuditPage:
    """Newest first; every given condition holds."""
    return AuditPage(**paged(audit_log.list_audit(call.ctx, call.actor, where, cursor, limit), AuditEvent.of))


@router.get("/verify", **operation(Permission.AUDIT_READ))
def verify_audit(call: Caller) -> AuditReport:
    """Walk every chain and hold it against every signed checkpoint."""
    return AuditReport.of(audit_log.verify_audit(call.ctx, call.actor))


_EXPORT: dict[str, Any] = operation(Permission.AUDIT_READ)
_EXPORT["responses"][200] = AUDIT_FILE


@router.get("/export", response_class=Response, **_EXPORT)
def export_audit(call: Caller, form: Annotated[AuditFormat, Query(alias="format")], where: Search) -> Response:
    """`jsonl`: everything of a time, in stretches that prove themselves; `csv`: what a search finds, newest first."""
    if form is AuditFormat.CSV:
        return StreamingResponse(audit_files.csv_lines(call.ctx, call.actor, where), media_type=audit_files.CSV)
    export.require_whole(where)
    lines = export.export_range(call.ctx, call.actor, where.since, where.until)
    return StreamingResponse(lines, media_type=export.MEDIA_TYPE)
