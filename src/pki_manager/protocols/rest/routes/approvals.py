"""`/approvals`: operations that wait for approval, and the approval rules."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query

from pki_manager.authority.kernel.access import Permission
from pki_manager.authority.requests import approval_rules, approvals
from pki_manager.domain import errors
from pki_manager.domain.approval import ApprovalState, Operation
from pki_manager.ports.requests import ApprovalFilter
from pki_manager.protocols.rest.bodies.requests import ApprovalBody, ApprovalRulesBody, OverrideBody, ReasonBody
from pki_manager.protocols.rest.fields import DEFAULT_LIMIT, Cursor, Identifier, Limit
from pki_manager.protocols.rest.operation import Caller, OperationRoute, operation
from pki_manager.protocols.rest.responses.approvals import ApprovalPage, ApprovalResponse, ApprovalRules
from pki_manager.protocols.rest.responses.page import build_page

router = APIRouter(prefix="/approvals", tags=["approvals"], route_class=OperationRoute)

_MAX_VERSION = 2**31 - 1
_GIVING: dict[str, Any] = operation(Permission.APPROVAL_APPROVE, errors.NotFound, errors.Conflict, posted=True)
_APPROVING: dict[str, Any] = operation(
    Permission.APPROVAL_APPROVE,
    errors.NotFound,
    errors.Conflict,
    errors.FreshAuthenticationRequired,
    posted=True,
)


@router.get("", summary="List approvals", **operation(Permission.APPROVAL_READ))
def list_approvals(
    call: Caller,
    state: ApprovalState | None = None,
    *,
    mine: Annotated[bool, Query(description="Whether to return only approvals that you requested")] = False,
    needs_my_approval: Annotated[
        bool, Query(description="Whether to return only approvals that you can approve and have not approved yet")
    ] = False,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> ApprovalPage:
    """List approvals, newest first, including those of certificate requests. Filters are combined with AND."""
    where = ApprovalFilter(
        state=state,
        owner=call.actor.owner if mine else None,
        waits_for=approvals.get_approver(call.ctx, call.actor) if needs_my_approval else None,
    )
    return ApprovalPage(
        **build_page(approvals.list_approvals(call.ctx, call.actor, where, cursor, limit), ApprovalResponse.of)
    )


@router.get("/rules", summary="Get the approval rules", **operation(Permission.APPROVAL_READ, errors.NotFound))
def get_approval_rules(
    call: Caller, version: Annotated[int | None, Query(ge=0, le=_MAX_VERSION)] = None
) -> ApprovalRules:
    """Return the approval rules: the newest version, or the one set by `version`."""
    return ApprovalRules.of(approval_rules.show_rules(call.ctx, call.actor, version))


@router.put(
    "/rules",
    summary="Replace the approval rules",
    **operation(
        Permission.APPROVAL_MANAGE,
        errors.Conflict,
        errors.TooLarge,
        errors.UnsupportedMedia,
        gates=[Operation.RULES_CHANGE],
    ),
)
def change_approval_rules(call: Caller, body: ApprovalRulesBody) -> ApprovalRules:
    """Replace all approval rules with a new version.

    If rules exist, the change itself requires approval and the response is 202. After it is approved, send the same
    request again.
    """
    made = approval_rules.change_rules(call.ctx, call.actor, body.version, body.rules.root)
    return ApprovalRules.of(made)


@router.get("/{approval}", summary="Get an approval", **operation(Permission.APPROVAL_READ, errors.NotFound))
def get_approval(call: Caller, approval: Identifier) -> ApprovalResponse:
    """Return an approval with the decisions so far and the current consequences of the operation."""
    shown, consequences = approvals.show_with_consequences(call.ctx, call.actor, approval)
    return ApprovalResponse.of(shown, consequences)


@router.post("/{approval}/approve", summary="Approve an operation", **_APPROVING)
def approve(call: Caller, approval: Identifier, body: ApprovalBody) -> ApprovalResponse:
    """Approve exactly the operation with this hash. The requester then sends the same request again to run it.

    Returns 409 if the operation has changed since you read it.
    """
    seen = bytes.fromhex(body.sha256)
    return ApprovalResponse.of(approvals.approve(call.ctx, call.actor, approval, seen, call.claim).value)


@router.post("/{approval}/withdraw", summary="Withdraw your approval", **_GIVING)
def withdraw_approval(call: Caller, approval: Identifier) -> ApprovalResponse:
    """Withdraw your own approval. Possible until the operation runs."""
    return ApprovalResponse.of(approvals.withdraw(call.ctx, call.actor, approval, call.claim).value)


@router.post("/{approval}/reject", summary="Reject an operation", **_GIVING)
def reject_approval(call: Caller, approval: Identifier, body: ReasonBody) -> ApprovalResponse:
    """Reject an operation permanently. A reason is required and shown to the requester."""
    return ApprovalResponse.of(approvals.reject(call.ctx, call.actor, approval, body.reason, call.claim).value)


@router.post("/{approval}/cancel", summary="Cancel an approval request", **_GIVING)
def cancel_approval(call: Caller, approval: Identifier) -> ApprovalResponse:
    """Cancel an operation that waits for approval. Only the requester can do this."""
    return ApprovalResponse.of(approvals.cancel(call.ctx, call.actor, approval, call.claim).value)


@router.post(
    "/{approval}/override",
    summary="Override missing approvals",
    **operation(Permission.APPROVAL_OVERRIDE, errors.NotFound, errors.Conflict, posted=True),
)
def override_approval(call: Caller, approval: Identifier, body: OverrideBody) -> ApprovalResponse:
    """Override missing approvals (break-glass). A reason is required and recorded in the audit log as critical."""
    seen = bytes.fromhex(body.sha256)
    return ApprovalResponse.of(approvals.override(call.ctx, call.actor, approval, seen, body.reason, call.claim).value)
