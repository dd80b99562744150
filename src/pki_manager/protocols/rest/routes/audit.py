"""`/audit`: the trail, and the proof that it is whole."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from pki_manager.authority import audit
from pki_manager.authority.access import Permission
from pki_manager.ports.audit_trail import AuditFilter
from pki_manager.protocols.rest.answers.audit import AuditEvent, AuditPage, AuditReport
from pki_manager.protocols.rest.answers.page import paged
from pki_manager.protocols.rest.fields import DEFAULT_LIMIT, Cursor, Limit, Moment
from pki_manager.protocols.rest.operation import Caller, Operation, operation

router = APIRouter(prefix="/audit", tags=["audit"], route_class=Operation)


@router.get("", **operation(Permission.AUDIT_READ))
def list_audit(
    call: Caller,
    action: Annotated[str | None, Query(max_length=100)] = None,
    actor: Annotated[str | None, Query(max_length=200, description="An actor's id")] = None,
    object_id: Annotated[str | None, Query(max_length=200)] = None,
    since: Moment | None = None,
    until: Moment | None = None,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> AuditPage:
    """Newest first; every given condition holds."""
    where = AuditFilter(action=action, actor=actor, object_id=object_id, since=since, until=until)
    return AuditPage(**paged(audit.list_audit(call.authority, call.actor, where, cursor, limit), AuditEvent.of))


@router.get("/verify", **operation(Permission.AUDIT_READ))
def verify_audit(call: Caller) -> AuditReport:
    """Walk every chain and hold it against every signed checkpoint."""
    return AuditReport.of(audit.verify_audit(call.authority, call.actor))
