"""Approvals of certificate requests and of every other operation: approve, withdraw, reject, override."""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from pki_manager.authority.certificates.submit import LIFETIME, queue_issuance
from pki_manager.authority.kernel.approvers import (
    get_approver_keys,
    list_entitling_rules,
    reopen,
    settle,
    show_approval_state,
)
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.idempotency import Done, change_once
from pki_manager.authority.kernel.request_view import get_permitted_request
from pki_manager.authority.requests.consequences import Consequence, list_consequences
from pki_manager.domain.approval import Approval, ApprovalState, Consent
from pki_manager.domain.enrollment import EnrollmentState
from pki_manager.domain.errors import Conflict, Forbidden, InvalidInput
from pki_manager.domain.events import requests as events
from pki_manager.domain.page import Page
from pki_manager.domain.rights.actor import Actor, list_people_behind
from pki_manager.policy import access
from pki_manager.policy.access import Permission
from pki_manager.ports.requests import ApprovalFilter, Approver
from pki_manager.ports.unit_of_work import Claim, UnitOfWork

MAX_REASON = 500
_OPEN = (ApprovalState.WAITING, ApprovalState.APPROVED)
_WAITING = (
    EnrollmentState.RECEIVED,
    EnrollmentState.VALIDATING,
    EnrollmentState.AWAITING_APPROVAL,
    EnrollmentState.READY,
)
_UNISSUED = (EnrollmentState.AWAITING_APPROVAL, EnrollmentState.READY)

_log = logging.getLogger(__name__)


def list_approvals(ctx: Context, actor: Actor, where: ApprovalFilter, cursor: str | None, limit: int) -> Page[Approval]:
    """List approvals, newest first."""
    access.require(actor, Permission.APPROVAL_READ)
    with ctx.ports.storage.read() as reader:
        return reader.approvals.page(where, cursor, limit)


def show_approval(ctx: Context, actor: Actor, approval_id: UUID) -> Approval:
    """Return an approval. Raises NotFound if it does not exist."""
    access.require(actor, Permission.APPROVAL_READ)
    with ctx.ports.storage.read() as reader:
        return show_approval_state(ctx, reader, reader.approvals.get(approval_id))


class ApprovalWithConsequences(NamedTuple):
    """An approval, and the consequences that its operation would have."""

    approval: Approval
    consequences: tuple[Consequence, ...]


def show_with_consequences(ctx: Context, actor: Actor, approval_id: UUID) -> ApprovalWithConsequences:
    """Return an approval and the present consequences of its operation. Raises NotFound if it does not exist."""
    access.require(actor, Permission.APPROVAL_READ)
    with ctx.ports.storage.read() as reader:
        found = show_approval_state(ctx, reader, reader.approvals.get(approval_id))
        return ApprovalWithConsequences(found, list_consequences(found, reader, ctx.ports.clock.now()))


def get_approver(ctx: Context, actor: Actor) -> Approver:
    """Return the person and the approver keys by which lists find the operations that wait for the actor's approval."""
    with ctx.ports.storage.read() as reader:
        return Approver(list_people_behind(actor)[0], get_approver_keys(ctx, reader, actor))


def approve(ctx: Context, actor: Actor, approval_id: UUID, sha256: bytes, claim: Claim | None = None) -> Done[Approval]:
    """Approve an operation. `sha256` is the hash of the body that the approver saw.

    Raises FreshAuthenticationRequired if the actor's authentication is not recent, except for certificate requests;
    NotFound if the approval does not exist; Forbidden for an actor who submitted or edited the operation, through any
    interface or token, or is not an approver by its rules; Conflict if `sha256` has changed, the person has approved
    already, or the approval no longer waits.
    """

    def apply(uow: UnitOfWork, now: datetime) -> None:
        approval = _locked(uow, actor, approval_id)
        if approval.request_id is None:
            access.require_fresh(actor)
        _require_waiting(approval, (ApprovalState.WAITING,), now)
        if sha256 != approval.sha256:
            raise Conflict("The operation has changed since you opened it. Review it again before you approve.")
        rules = list_entitling_rules(ctx, uow, approval, actor)
        approval = settle(ctx, uow, approval, now)
        consent = Consent(list_people_behind(actor)[0], actor.id, actor.name, now, rules)
        if not uow.approvals.add_consent(approval.id, consent):
            raise Conflict("You have already approved this operation.")
        approval = replace(approval, given=(*approval.given, consent))
        lacking = approval.missing()
        if not lacking:
            _approved(uow, approval, now)
        uow.record(events.build_approval_given(approval, rules, tuple(lacking)))

    return change_once(ctx, actor, claim, approval_id, apply, lambda reader: reader.approvals.get(approval_id))


def withdraw(ctx: Context, actor: Actor, approval_id: UUID, claim: Claim | None = None) -> Done[Approval]:
    """Withdraw the actor's own approval before the operation runs.

    Raises NotFound if the approval does not exist; Conflict if the actor has not approved it, or it has ended.
    """

    def apply(uow: UnitOfWork, now: datetime) -> None:
        approval = _locked(uow, actor, approval_id)
        _require_waiting(approval, _OPEN, now)
        if not uow.approvals.take_back(approval.id, list_people_behind(actor)[0]):
            raise Conflict("You have not approved this operation.")
        left = replace(
            approval, given=tuple(one for one in approval.given if one.person != list_people_behind(actor)[0])
        )
        if approval.state is ApprovalState.APPROVED and left.missing():
            reopen(uow, approval, now)
        uow.record(events.build_approval_withdrawn(approval))

    return change_once(ctx, actor, claim, approval_id, apply, lambda reader: reader.approvals.get(approval_id))


def reject(ctx: Context, actor: Actor, approval_id: UUID, reason: str, claim: Claim | None = None) -> Done[Approval]:
    """Reject an operation permanently, with a reason.

    Raises NotFound if the approval does not exist; Forbidden as `approve`; Conflict if it has ended.
    """
    _check_reason(reason)

    def apply(uow: UnitOfWork, now: datetime) -> None:
        approval = _locked(uow, actor, approval_id)
        _require_waiting(approval, _OPEN, now)
        list_entitling_rules(ctx, uow, approval, actor)
        uow.approvals.move(approval.id, _OPEN, ApprovalState.REJECTED, now, reason=reason)
        _move_request(uow, approval, _UNISSUED, EnrollmentState.REJECTED, now, reason)
        uow.record(events.build_approval_rejected(approval, reason))

    return change_once(ctx, actor, claim, approval_id, apply, lambda reader: reader.approvals.get(approval_id))


def cancel(ctx: Context, actor: Actor, approval_id: UUID, claim: Claim | None = None) -> Done[Approval]:
    """Cancel an operation, for its requester.

    Raises NotFound if the approval does not exist; Forbidden for other actors; Conflict if it has ended.
    """

    def apply(uow: UnitOfWork, now: datetime) -> None:
        access.require(actor, Permission.APPROVAL_APPROVE)
        cancel_in(uow, actor, uow.approvals.lock(approval_id), now)

    return change_once(ctx, actor, claim, approval_id, apply, lambda reader: reader.approvals.get(approval_id))


def cancel_in(uow: UnitOfWork, actor: Actor, approval: Approval, now: datetime) -> None:
    """Cancel a locked approval in this unit of work.

    Raises Forbidden for an actor other than the requester; Conflict if the approval has ended.
    """
    if approval.person != actor.owner:
        raise Forbidden("Only the requester can cancel the operation. Approvers can reject it.")
    _require_waiting(approval, _OPEN, now)
    uow.approvals.move(approval.id, _OPEN, ApprovalState.CANCELLED, now)
    _move_request(uow, approval, _UNISSUED, EnrollmentState.CANCELLED, now)
    uow.record(events.build_approval_cancelled(approval))


def override(
    ctx: Context, actor: Actor, approval_id: UUID, sha256: bytes, reason: str, claim: Claim | None = None
) -> Done[Approval]:
    """Override the missing approvals as an administrator, with a reason (break-glass).

    Records an audit event, a log entry of level critical, and a metric. Raises NotFound if the approval does not exist;
    Conflict as `approve`; Forbidden if a rule of the approval cannot be overridden.
    """
    access.require(actor, Permission.APPROVAL_OVERRIDE)
    _check_reason(reason)

    def apply(uow: UnitOfWork, now: datetime) -> None:
        approval = uow.approvals.lock(approval_id)
        _require_waiting(approval, (ApprovalState.WAITING,), now)
        if sha256 != approval.sha256:
            raise Conflict("The operation has changed since you opened it. Review it again before you override.")
        firm = tuple(rule.name for rule in approval.rules if not rule.break_glass)
        if firm:
            raise Forbidden(f"The rules {', '.join(firm)} cannot be overridden.")
        _approved(uow, approval, now, reason=reason, overridden_by=actor.id)
        uow.record(
            events.ApprovalOverridden(
                object_id=str(approval.id),
                operation=approval.operation,
                target=approval.object_id,
                sha256=approval.sha256.hex(),
                rules=approval.rule_names(),
                reason=reason,
            )
        )

    approval, replayed = change_once(
        ctx, actor, claim, approval_id, apply, lambda reader: reader.approvals.get(approval_id)
    )
    if not replayed:
        facts = {"actor": actor.id, "approval_id": str(approval.id), "operation": approval.operation.value}
        _log.critical("approval overridden", extra=facts)
    return Done(approval, replayed)


def expire_due(ctx: Context, actor: Actor, limit: int = 200) -> int:
    """End requests and approvals that have expired, each in its own unit of work. Returns their number."""
    now = ctx.ports.clock.now()
    with ctx.ports.storage.read() as reader:
        requests = [one.enrolment.id for one in reader.requests.list_expired(now, limit)]
        others = [one.id for one in reader.approvals.list_expired(now, limit)]
    return sum(_expire_request(ctx, actor, one, now) for one in requests) + sum(
        _expire(ctx, actor, one, now) for one in others
    )


def _expire_request(ctx: Context, actor: Actor, request_id: UUID, now: datetime) -> bool:
    with suppress(Conflict), ctx.ports.storage.begin(actor) as uow:
        request = uow.requests.get(request_id)
        if request.approval_id is not None:
            uow.approvals.lock(request.approval_id)
            uow.approvals.move(request.approval_id, _OPEN, ApprovalState.EXPIRED, now)
        if not uow.requests.move(request_id, _WAITING, EnrollmentState.EXPIRED, now, "not approved in time"):
            raise Conflict("The request is no longer waiting for approval.")
        uow.record(events.RequestExpired(object_id=str(request_id), plan_sha256=request.enrolment.plan_sha256.hex()))
        return True
    return False


def _expire(ctx: Context, actor: Actor, approval_id: UUID, now: datetime) -> bool:
    with suppress(Conflict), ctx.ports.storage.begin(actor) as uow:
        approval = uow.approvals.lock(approval_id)
        if not uow.approvals.move(approval_id, _OPEN, ApprovalState.EXPIRED, now):
            raise Conflict("The approval is no longer waiting.")
        uow.record(events.build_approval_expired(approval))
        return True
    return False


def _locked(uow: UnitOfWork, actor: Actor, approval_id: UUID) -> Approval:
    """Lock and return an approval, if the actor may approve operations of its kind.

    Raises NotFound or Forbidden if not.
    """
    approval = uow.approvals.lock(approval_id)
    if approval.request_id is not None:
        get_permitted_request(uow, actor, approval.request_id, Permission.REQUEST_APPROVE)
    else:
        access.require(actor, Permission.APPROVAL_APPROVE)
    return approval


def _require_waiting(approval: Approval, states: tuple[ApprovalState, ...], now: datetime) -> None:
    if approval.state not in states:
        raise Conflict(f"The approval is {approval.state} and cannot be changed.")
    if now > approval.expires_at:
        raise Conflict("The approval has expired. Send the request again.")


def _approved(
    uow: UnitOfWork, approval: Approval, now: datetime, *, reason: str | None = None, overridden_by: str | None = None
) -> None:
    """Set an approval to approved.

    A certificate request then continues automatically. Other operations run when the requester sends them again.
    """
    waiting = (ApprovalState.WAITING,)
    uow.approvals.move(approval.id, waiting, ApprovalState.APPROVED, now, reason=reason, overridden_by=overridden_by)
    if approval.request_id is not None:
        _move_request(uow, approval, (EnrollmentState.AWAITING_APPROVAL,), EnrollmentState.READY, now)
        uow.requests.extend(approval.request_id, now + LIFETIME)
        queue_issuance(uow, uow.requests.get(approval.request_id), now)


def _move_request(
    uow: UnitOfWork,
    approval: Approval,
    before: tuple[EnrollmentState, ...],
    after: EnrollmentState,
    now: datetime,
    reason: str | None = None,
) -> None:
    """Change the state of the request that waits for the approval, if any.

    Raises Conflict if the request is no longer in one of the states `before`.
    """
    if approval.request_id is not None and not uow.requests.move(approval.request_id, before, after, now, reason):
        raise Conflict("The request is being issued, or has ended.")


def _check_reason(reason: str) -> None:
    if not reason.strip() or len(reason) > MAX_REASON or not reason.isprintable():
        raise InvalidInput.of("reason", "approval.reason", f"must have 1 to {MAX_REASON} printable characters")
