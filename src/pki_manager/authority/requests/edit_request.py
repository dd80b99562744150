"""Editing of a certificate request that waits: it is decided again, and earlier approvals are removed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from pki_manager.authority.certificates.applications import Judged
from pki_manager.authority.certificates.submit import ANONYMOUS_REQUESTER, draft_request, judge_and, queue_issuance
from pki_manager.authority.kernel.authors import list_authors
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.current_actor import resolve_actor
from pki_manager.authority.kernel.directory import Terms, View
from pki_manager.authority.kernel.idempotency import Done, run_once
from pki_manager.authority.kernel.request_view import RequestView, build_target, get_permitted_request, get_request_view
from pki_manager.domain.approval import Approval, ApprovalState
from pki_manager.domain.enrollment import EnrollmentState
from pki_manager.domain.errors import Conflict, Forbidden
from pki_manager.domain.events.requests import RequestEdited
from pki_manager.domain.names import AlternativeName, DistinguishedName
from pki_manager.domain.profiles.extensions import FieldValue
from pki_manager.domain.queue import Application, QueuedRequest
from pki_manager.domain.request import ValidityRequest
from pki_manager.domain.rights.actor import Actor
from pki_manager.policy.access import Permission, is_allowed
from pki_manager.ports.unit_of_work import Claim, UnitOfWork

_EDITABLE = (EnrollmentState.AWAITING_APPROVAL, EnrollmentState.READY)


_CHANGED = "The request was changed by someone else, or is no longer waiting. Reload it and try again."


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """Changes to a request; None keeps a value. `before` is the SHA-256 of the plan that was edited."""

    before: bytes
    profile: str | None = None
    subject: DistinguishedName | None = None
    sans: tuple[AlternativeName, ...] | None = None
    validity: ValidityRequest | None = None
    key_type: str | None = None
    fields: tuple[FieldValue, ...] | None = None


def edit_request(
    ctx: Context, actor: Actor, request_id: UUID, edit: Edit, claim: Claim | None = None
) -> Done[RequestView]:
    """Edit a request: create a new plan with the requester's permissions, which no approver has approved yet.

    For its requester and approvers; an editor can then not approve it. Raises NotFound if it does not exist; Forbidden
    for other actors; Conflict if it has changed since, or no longer waits. Other errors as `submit_request`.
    """
    with ctx.ports.storage.read() as reader:
        request = get_permitted_request(reader, actor, request_id, Permission.REQUEST_SUBMIT)

    def work() -> RequestView:
        requester = _requester(ctx, actor, request)
        application = _edited(request.application, edit)

        def change(judged: Judged, terms: Terms, view: View) -> UUID:
            draft = draft_request(ctx, requester, application, judged, terms)
            changed = _merged(request, draft.request)
            with ctx.ports.storage.begin(actor) as uow:
                view.require_newest(uow)
                now = ctx.ports.clock.now()
                if claim is not None:
                    uow.idempotency.claim(actor.id, claim, request_id, now)
                changed = _approval(uow, actor, request, changed, draft.approval, now)
                if not uow.requests.replace(changed, edit.before):
                    raise Conflict(_CHANGED)
                uow.record(
                    RequestEdited(
                        object_id=str(request_id),
                        plan_sha256_before=edit.before.hex(),
                        plan_sha256=changed.enrolment.plan_sha256.hex(),
                        rules=tuple(rule.name for rule in judged.rules),
                    )
                )
                queue_issuance(uow, changed, now)
            return request_id

        return _show(ctx, actor, judge_and(ctx, requester, application, change))

    return run_once(ctx, actor, claim, work, lambda _: _show(ctx, actor, request_id))


def _requester(ctx: Context, actor: Actor, request: QueuedRequest) -> Actor:
    """Return the requester with present permissions. The requester stays the same if an approver edits the request.

    Raises Conflict if the request cannot be changed; Forbidden if the actor is neither its requester nor an approver,
    or if the requester can no longer act.
    """
    enrolment = request.enrolment
    if enrolment.state not in _EDITABLE:
        raise Conflict(f"The request is {enrolment.state} and cannot be changed.")
    if enrolment.owner_id == actor.owner:
        return actor
    with ctx.ports.storage.read() as reader:
        if not is_allowed(actor, Permission.REQUEST_APPROVE, build_target(reader, actor, request)):
            raise Forbidden("Only the requester or an approver can change the request.")
        requester = resolve_actor(ctx, reader, enrolment.requested_by, request.requester_name, enrolment.via)
    if requester is None:
        raise Forbidden(f"The requester {enrolment.requested_by} no longer has access.")
    return requester


def _edited(application: Application, edit: Edit) -> Application:
    requested = application.requested
    if edit.key_type is not None and application.key_type is None:
        raise Conflict("The key is in the CSR, so its type cannot be changed.")
    return replace(
        application,
        profile=edit.profile or application.profile,
        key_type=edit.key_type or application.key_type,
        requested=replace(
            requested,
            subject=requested.subject if edit.subject is None else edit.subject,
            sans=requested.sans if edit.sans is None else edit.sans,
            validity=requested.validity if edit.validity is None else edit.validity,
            fields=requested.fields if edit.fields is None else edit.fields,
        ),
    )


def _merged(request: QueuedRequest, fresh: QueuedRequest) -> QueuedRequest:
    """Return the request with the new plan, and with the ID, the requester, and the creation time of the old one."""
    old, new = request.enrolment, fresh.enrolment
    kept_risks = tuple(one for one in request.risks if one.code == ANONYMOUS_REQUESTER)
    return replace(
        fresh,
        risks=(*kept_risks, *(one for one in fresh.risks if one.code != ANONYMOUS_REQUESTER)),
        enrolment=replace(
            new,
            id=old.id,
            requested_by=old.requested_by,
            via=old.via,
            owner_id=old.owner_id,
            team_id=old.team_id,
            created_at=old.created_at,
        ),
        requester_name=request.requester_name,
    )


def _approval(
    uow: UnitOfWork,
    actor: Actor,
    before: QueuedRequest,
    changed: QueuedRequest,
    fresh: Approval | None,
    now: datetime,
) -> QueuedRequest:
    """Replace the approval of the request, and return the request with it.

    The new approval is for the new plan and has no approvers yet: approvals of the old plan do not count.
    """
    if before.approval_id is None:
        if fresh is not None:
            own = tuple(dict.fromkeys((*fresh.authors, *list_authors(uow, actor))))
            identifier = changed.enrolment.id
            uow.approvals.add(replace(fresh, object_id=str(identifier), request_id=identifier, authors=own))
        return changed
    old = uow.approvals.lock(before.approval_id)
    if fresh is None:
        uow.approvals.move(old.id, (old.state,), ApprovalState.CANCELLED, now, reason="Approval is no longer required.")
        return changed
    authors = tuple(dict.fromkeys((*old.authors, *list_authors(uow, actor))))
    again = replace(
        old,
        body=fresh.body,
        sha256=fresh.sha256,
        rules=fresh.rules,
        state=ApprovalState.WAITING,
        changed_at=now,
        expires_at=fresh.expires_at,
        reason=None,
        overridden_by=None,
        authors=authors,
        given=(),
    )
    uow.approvals.reset(again)
    return replace(changed, approval_id=old.id)


def _show(ctx: Context, actor: Actor, request_id: UUID) -> RequestView:
    with ctx.ports.storage.read() as reader:
        return get_request_view(reader, actor, request_id)
