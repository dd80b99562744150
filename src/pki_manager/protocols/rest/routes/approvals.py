"""`/approvals`: acts that wait for the consent of others, and the rules that demand it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query

from pki_manager.authority.kernel.access import Permission
from pki_manager.authority.requests import approval_rules, approvals
from pki_manager.domain import errors
from pki_manager.domain.approval import ApprovalState
from pki_manager.domain.approval import Operation as Gate
from pki_manager.ports.requests import ApprovalFilter
from pki_manager.protocols.rest.bodies.requests import ApprovalBody, ApprovalRulesBody, OverrideBody, ReasonBody
from pki_manager.protocols.rest.fields import DEFAULT_LIMIT, Cursor, Identifier, Limit
from pki_manager.protocols.rest.operation import Caller, Operation, operation
from pki_manager.protocols.rest.responses.approvals import Approval, ApprovalPage, ApprovalRules
from pki_manager.protocols.rest.responses.page import paged

router = APIRouter(prefix="/approvals", tags=["approvals"], route_class=Operation)

_MAX_VERSION = 2**31 - 1
_GIVING: dict[str, Any] = operation(Permission.APPROVAL_GIVE, errors.NotFound, errors.Conflict, posted=True)
_APPROVING: dict[str, Any] = operation(
    Permission.APPROVAL_GIVE,
    errors.NotFound,
    errors.Conflict,
    errors.FreshAuthenticationRequired,
    posted=True,
)


@router.get("", **operation(Permission.APPROVAL_READ))
def list_approvals(
    call: Caller,
    state: ApprovalState | None = None,
    *,
    mine: Annotated[bool, Query(description="Those that the caller asked for")] = False,
    needs_my_approval: Annotated[bool, Query(description="Those that the caller can approve, and has not")] = False,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> ApprovalPage:
    """Newest first; every given condition holds. Certificate requests are among them."""
    where = ApprovalFilter(
        state=state,
        owner=call.actor.owner if mine else None,
        waits_for=approvals.approver(call.ctx, call.actor) if needs_my_approval else None,
    )
    return ApprovalPage(**paged(approvals.list_approvals(call.ctx, call.actor, where, cursor, limit), Approval.of))


@router.get("/rules", **operation(Permission.APPROVAL_READ, errors.NotFound))
def get_approval_rules(
    call: Caller, version: Annotated[int | None, Query(ge=0, le=_MAX_VERSION)] = None
) -> ApprovalRules:
    """The newest version unless one is named."""
    return ApprovalRules.of(approval_rules.show_rules(call.ctx, call.actor, version))


@router.put(
    "/rules",
    **operation(
        Permission.APPROVAL_MANAGE,
        errors.Conflict,
        errors.TooLarge,
        errors.UnsupportedMedia,
        gates=[Gate.RULES_CHANGE],
    ),
)
def change_approval_rules(call: Caller, body: ApprovalRulesBody) -> ApprovalRules:
    """All rules anew. Once there are any, somebody else has to approve the change: send it again when that is done."""
    made = approval_rules.change_rules(call.ctx, call.actor, body.version, body.rules.root)
    return ApprovalRules.of(made)


@router.get("/{approval}", **operation(Permission.APPROVAL_READ, errors.NotFound))
def get_approval(call: Caller, approval: Identifier) -> Approval:
    """With its consequences as they are now."""
    shown, consequences = approvals.show_with_consequences(call.ctx, call.actor, approval)
    return Approval.of(shown, consequences)


@router.post("/{approval}/approve", **_APPROVING)
def approve(call: Caller, approval: Identifier, body: ApprovalBody) -> Approval:
    """Consent to exactly that. Once enough have, whoever asked for it sends the same request again, and it is done."""
    seen = bytes.fromhex(body.sha256)
    return Approval.of(approvals.approve(call.ctx, call.actor, approval, seen, call.claim)[0])


@router.post("/{approval}/withdraw", **_GIVING)
def withdraw_approval(call: Caller, approval: Identifier) -> Approval:
    """Take one's own consent back, as long as nothing has been done."""
    return Approval.of(approvals.withdraw(call.ctx, call.actor, approval, call.claim)[0])


@router.post("/{approval}/reject", **_GIVING)
def reject_approval(call: Caller, approval: Identifier, body: ReasonBody) -> Approval:
    """Say no, for good, and why."""
    return Approval.of(approvals.reject(call.ctx, call.actor, approval, body.reason, call.claim)[0])


@router.post("/{approval}/cancel", **_GIVING)
def cancel_approval(call: Caller, approval: Identifier) -> Approval:
    """Who asked for it wants it no longer."""
    return Approval.of(approvals.cancel(call.ctx, call.actor, approval, call.claim)[0])


@router.post(
    "/{approval}/override", **operation(Permission.APPROVAL_OVERRIDE, errors.NotFound, errors.Conflict, posted=True)
)
def override_approval(call: Caller, approval: Identifier, body: OverrideBody) -> Approval:
    """Break the glass: do without the others, and say why. Everybody will see it."""
    seen = bytes.fromhex(body.sha256)
    return Approval.of(approvals.override(call.ctx, call.actor, approval, seen, body.reason, call.claim)[0])
