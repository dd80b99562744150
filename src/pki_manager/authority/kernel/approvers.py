"""Who can approve an operation, and which approvals count, decided by the approvers' present permissions.

The decision is made when an approval is given and each time approvals are counted, up to the transaction that runs the
operation.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from pki_manager.authority.kernel import current_rights
from pki_manager.authority.kernel.authors import is_author
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.current_actor import resolve_actor
from pki_manager.authority.kernel.request_view import RequestView, build_target
from pki_manager.domain.approval import Approval, ApprovalState, Consent
from pki_manager.domain.enrollment import EnrollmentState
from pki_manager.domain.errors import Conflict, FieldError, Forbidden
from pki_manager.domain.events import requests as events
from pki_manager.domain.rights.actor import Actor, list_people_behind
from pki_manager.domain.rights.team import SERVICE
from pki_manager.policy import access
from pki_manager.policy.access import Permission
from pki_manager.policy.approval import list_approver_keys, list_counting_rules
from pki_manager.ports.requests import ApprovalFilter
from pki_manager.ports.unit_of_work import Reader, UnitOfWork

_OPEN = (ApprovalState.WAITING, ApprovalState.APPROVED)


class ConsentLapsed(Exception):
    """Raised to roll back a unit of work in which an approval no longer counts."""


def get_approver_keys(ctx: Context, reader: Reader, actor: Actor) -> frozenset[str]:
    """Return the keys by which approval rules can name the actor as an approver; empty if the person cannot act."""
    person = current_rights.find_owner_rights(reader, list_people_behind(actor)[0], ctx.config.local_actor_role)
    return frozenset() if person is None else list_approver_keys(actor, person.grants, person.team_ids)


def list_entitling_rules(ctx: Context, reader: Reader, approval: Approval, actor: Actor) -> tuple[str, ...]:
    """Return the rules for which the actor can approve the operation.

    Raises Forbidden if there are none, or if the actor is an author of the operation or a service account.
    """
    if is_author(approval.authors, actor):
        raise _not_by("approval.own", "You cannot approve a request of yourself, your token, or your service account.")
    if actor.owner.startswith(SERVICE):
        raise _not_by("approval.person", "A service account cannot approve. Approve as a user.")
    rules = list_counting_rules(approval.rules, get_approver_keys(ctx, reader, actor))
    if not rules:
        raise _not_by("approval.group", "None of the approval rules names you as an approver.")
    return rules


def drop_lapsed_approvals(ctx: Context, reader: Reader, approval: Approval) -> Approval:
    """Return a copy of the approval without the approvers, and without the override, that no longer count."""
    given = tuple(
        replace(consent, rules=rules)
        for consent in approval.given
        if (rules := _rules_now(ctx, reader, approval, consent))
    )
    overridden_by = approval.overridden_by
    if overridden_by is not None:
        administrator = resolve_actor(ctx, reader, overridden_by, "", "rest")
        if administrator is None or not access.is_allowed(administrator, Permission.APPROVAL_OVERRIDE, access.ANYTHING):
            overridden_by = None
    return replace(approval, given=given, overridden_by=overridden_by)


def show_request_state(ctx: Context, reader: Reader, view: RequestView) -> RequestView:
    """Return a request for display: as waiting if too few of its approvals still count."""
    if view.approval is None:
        return view
    approval = show_approval_state(ctx, reader, view.approval)
    request = view.request
    if request.enrolment.state is EnrollmentState.READY and approval.state is ApprovalState.WAITING:
        waiting = replace(request.enrolment, state=EnrollmentState.AWAITING_APPROVAL)
        request = replace(request, enrolment=waiting)
    return replace(view, request=request, approval=approval)


def show_approval_state(ctx: Context, reader: Reader, approval: Approval) -> Approval:
    """Return an approval for display: as waiting if too few approvers still count. An ended one is not changed."""
    if approval.state not in _OPEN:
        return approval
    left = drop_lapsed_approvals(ctx, reader, approval)
    return replace(left, state=ApprovalState.WAITING) if left.missing() else left


def require_counted(ctx: Context, uow: UnitOfWork, approval_id: UUID) -> Approval:
    """Lock an approval and return it with the approvers that count now.

    Raises ConsentLapsed if too few of them are left.
    """
    approval = drop_lapsed_approvals(ctx, uow, uow.approvals.lock(approval_id))
    if approval.missing():
        raise ConsentLapsed
    return approval


def settle(ctx: Context, uow: UnitOfWork, approval: Approval, now: datetime) -> Approval:
    """Remove the approvers of a locked approval who may no longer approve it, with an audit event, and return it.

    If an approved operation then lacks approvers, it is set back to waiting, and so is its certificate request. Raises
    Conflict if that request is being issued.
    """
    left = drop_lapsed_approvals(ctx, uow, approval)
    if left == approval:
        return approval
    for consent in approval.given:
        kept = next((one for one in left.given if one.person == consent.person), None)
        if kept != consent:
            uow.approvals.take_back(approval.id, consent.person)
        if kept is not None and kept != consent:
            uow.approvals.add_consent(approval.id, kept)
    if approval.state is ApprovalState.APPROVED and left.missing():
        left = replace(left, state=ApprovalState.WAITING, changed_at=now)
        reopen(uow, approval, now)
    before = {(consent.person, consent.actor_id, consent.rules) for consent in approval.given}
    lost = before - {(consent.person, consent.actor_id, consent.rules) for consent in left.given}
    names = {actor_id for _, actor_id, _ in lost}
    if approval.overridden_by is not None and left.overridden_by is None:
        names.add(approval.overridden_by)
    uow.record(events.build_approval_lapsed(approval, tuple(sorted(names)), tuple(left.missing())))
    return left


def reopen(uow: UnitOfWork, approval: Approval, now: datetime) -> None:
    """Set an approved operation, and its certificate request, back to waiting.

    Raises Conflict if the request is being issued or has ended.
    """
    uow.approvals.reopen(approval.id, now)
    if approval.request_id is not None:
        ready, waiting = (EnrollmentState.READY,), EnrollmentState.AWAITING_APPROVAL
        if not uow.requests.move(approval.request_id, ready, waiting, now, None):
            raise Conflict("The request is being issued, or has ended.")
        uow.requests.extend(approval.request_id, approval.expires_at)


def recount(ctx: Context, actor: Actor, approval_id: UUID) -> Approval:
    """Run `settle` for one approval in its own unit of work, if an approver no longer counts. Returns the approval."""
    with ctx.ports.storage.read() as reader:
        found = reader.approvals.get(approval_id)
        if found.state not in _OPEN or drop_lapsed_approvals(ctx, reader, found) == found:
            return found
    with suppress(_NothingLapsed), ctx.ports.storage.begin(actor) as uow:
        approval = uow.approvals.lock(approval_id)
        if approval.state not in _OPEN or settle(ctx, uow, approval, ctx.ports.clock.now()) == approval:
            raise _NothingLapsed
    with ctx.ports.storage.read() as reader:
        return reader.approvals.get(approval_id)


class _NothingLapsed(Exception):
    """Raised to roll back a unit of work if a parallel one has already removed the approvers."""


def recount_approved(ctx: Context, actor: Actor, limit: int = 200) -> int:
    """Set approved operations back to waiting if too few of their approvers may still approve. Returns their number.

    An operation counts its approvers again when it runs. This function only keeps lists correct until then.
    """
    with ctx.ports.storage.read() as reader:
        approved = reader.approvals.page(ApprovalFilter(state=ApprovalState.APPROVED), None, limit).items
        lapsed = [one.id for one in approved if drop_lapsed_approvals(ctx, reader, one).missing()]
    for approval_id in lapsed:
        recount(ctx, actor, approval_id)
    return len(lapsed)


def _rules_now(ctx: Context, reader: Reader, approval: Approval, consent: Consent) -> tuple[str, ...]:
    """Return the rules for which an approval still counts: none if its approver could not approve again."""
    actor = resolve_actor(ctx, reader, consent.actor_id, consent.name, "rest")
    if actor is None or not _may_give(reader, approval, actor):
        return ()
    try:
        now = list_entitling_rules(ctx, reader, approval, actor)
    except Forbidden:
        return ()
    return tuple(rule for rule in consent.rules if rule in now)


def _may_give(reader: Reader, approval: Approval, actor: Actor) -> bool:
    if approval.request_id is None:
        return access.is_allowed(actor, Permission.APPROVAL_APPROVE, access.ANYTHING)
    target = build_target(reader, actor, reader.requests.get(approval.request_id))
    return access.is_allowed(actor, Permission.REQUEST_APPROVE, target)


def _not_by(rule: str, message: str) -> Forbidden:
    forbidden = Forbidden(message, errors=(FieldError("approval", rule, message),))
    forbidden.rule = rule
    return forbidden
