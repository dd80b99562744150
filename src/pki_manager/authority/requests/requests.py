"""Certificate requests, as people use them: submit, list, show, comment, cancel."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from pki_manager.authority.certificates.applications import Judged
from pki_manager.authority.certificates.predecessors import require_renewable
from pki_manager.authority.certificates.submit import Draft, judge_and, store_request
from pki_manager.authority.kernel import guard
from pki_manager.authority.kernel.approvers import show_request_state
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.directory import Terms, View
from pki_manager.authority.kernel.idempotency import Done, change_once, run_once
from pki_manager.authority.kernel.request_view import (
    RequestView,
    get_permitted_request,
    get_request_view,
    hide_other_users_risks,
    is_visible,
)
from pki_manager.authority.requests import approvals
from pki_manager.authority.requests.approvals import get_approver
from pki_manager.domain.enrollment import EnrollmentState
from pki_manager.domain.errors import Conflict, Forbidden, InvalidInput
from pki_manager.domain.events.requests import RequestCancelled, RequestCommented
from pki_manager.domain.page import Page
from pki_manager.domain.queue import MAX_COMMENT, MAX_COMMENTS, Application, Comment
from pki_manager.domain.request import RequestedContents
from pki_manager.domain.rights.actor import Actor
from pki_manager.policy import access, scopes
from pki_manager.policy.access import Permission
from pki_manager.ports.requests import Approver, RequestFilter
from pki_manager.ports.unit_of_work import Claim, Reader, UnitOfWork
from pki_manager.x509 import parse


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitRequest:
    """A certificate request by a user. If `renews` is set, missing values come from that certificate.

    Set at most one of `csr_der` (PKCS #10) and `key_type` (a key that is generated at collection). With neither, the
    key of the renewed certificate is used.
    """

    requested: RequestedContents
    ca: str | None = None
    profile: str | None = None
    csr_der: bytes | None = None
    key_type: str | None = None
    renews: UUID | None = None
    comment: str | None = None


def submit_request(ctx: Context, actor: Actor, command: SubmitRequest, claim: Claim | None = None) -> Done[RequestView]:
    """Submit a request. It waits for approval, or is issued in the background if none is required.

    Raises InvalidInput or Malformed for invalid values; PolicyRefused or LintRefused if the certificate could not be
    issued even with approval; NotFound and Conflict as `enroll`; Forbidden if the actor may not submit it.
    """
    access.require_somewhere(actor, Permission.REQUEST_SUBMIT)
    comment = _comment(ctx, actor, command.comment) if command.comment is not None else None

    def write(uow: UnitOfWork, now: datetime, draft: Draft) -> None:
        if claim is not None:
            uow.idempotency.claim(actor.id, claim, draft.request.enrolment.id, now)
        if comment is not None:
            uow.requests.add_comment(draft.request.enrolment.id, comment)

    def work() -> RequestView:
        application = _application(ctx, actor, command)

        def filed(judged: Judged, terms: Terms, view: View) -> UUID:
            return store_request(ctx, actor, application, judged, terms, view, write)

        return _show(ctx, actor, judge_and(ctx, actor, application, filed))

    return run_once(ctx, actor, claim, work, lambda request_id: _show(ctx, actor, request_id))


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestQuery:
    """The conditions of a list of requests, as an interface receives them. `ca` is an ID or a name."""

    state: EnrollmentState | None = None
    ca: str | None = None
    profile: str | None = None
    mine: bool = False
    waits_for_me: bool = False


def list_requests(ctx: Context, actor: Actor, where: RequestQuery, cursor: str | None, limit: int) -> Page[RequestView]:
    """List requests, newest first, without comments. A page can have fewer than `limit` entries.

    Raises NotFound for a CA that does not exist.
    """
    access.require_somewhere(actor, Permission.REQUEST_READ)
    waits_for = get_approver(ctx, actor) if where.waits_for_me else None
    with ctx.ports.storage.read(actor) as reader:
        page = reader.requests.page(_filter(reader, actor, where, waits_for), cursor, limit)
        seen = tuple(one for one in page.items if is_visible(reader, actor, one))
        seen = tuple(hide_other_users_risks(reader, actor, one) for one in seen)
        known = reader.approvals.find_many([one.approval_id for one in seen if one.approval_id is not None])
    return Page(
        tuple(RequestView(one, known.get(one.approval_id) if one.approval_id else None) for one in seen),
        page.next_cursor,
    )


def show_request(ctx: Context, actor: Actor, request_id: UUID) -> RequestView:
    """Return a request. Raises NotFound if it does not exist or the actor may not read it."""
    access.require_somewhere(actor, Permission.REQUEST_READ)
    with ctx.ports.storage.read() as reader:
        get_permitted_request(reader, actor, request_id)
        return show_request_state(ctx, reader, get_request_view(reader, actor, request_id))


def comment_request(
    ctx: Context, actor: Actor, request_id: UUID, text: str, claim: Claim | None = None
) -> Done[RequestView]:
    """Add a comment to a request.

    Raises NotFound if the request does not exist; InvalidInput for an invalid comment; Conflict if the request already
    has the maximum number of comments.
    """
    comment = _comment(ctx, actor, text)

    def apply(uow: UnitOfWork, _: datetime) -> None:
        get_permitted_request(uow, actor, request_id, Permission.REQUEST_SUBMIT)
        if len(uow.requests.list_comments(request_id)) >= MAX_COMMENTS:
            raise Conflict(f"The request already has {MAX_COMMENTS} comments, which is the limit.")
        uow.requests.add_comment(request_id, comment)
        uow.record(RequestCommented(object_id=str(request_id), comment=str(comment.id)))

    return change_once(ctx, actor, claim, request_id, apply, lambda reader: get_request_view(reader, actor, request_id))


def cancel_request(ctx: Context, actor: Actor, request_id: UUID, claim: Claim | None = None) -> Done[RequestView]:
    """Cancel a request, for its requester.

    Raises NotFound if the request does not exist; Forbidden for other actors; Conflict if it can no longer be
    cancelled.
    """

    def apply(uow: UnitOfWork, now: datetime) -> None:
        request = get_permitted_request(uow, actor, request_id, Permission.REQUEST_SUBMIT)
        if request.approval_id is not None:
            approvals.cancel_in(uow, actor, uow.approvals.lock(request.approval_id), now)
            return
        if request.enrolment.owner_id != actor.owner:
            raise Forbidden("Only the requester can cancel the request. Approvers can reject it.")
        if not uow.requests.move(request_id, (EnrollmentState.READY,), EnrollmentState.CANCELLED, now, None):
            raise Conflict(f"The request is {request.enrolment.state} and cannot be cancelled.")
        uow.record(RequestCancelled(object_id=str(request_id), plan_sha256=request.enrolment.plan_sha256.hex()))

    return change_once(ctx, actor, claim, request_id, apply, lambda reader: get_request_view(reader, actor, request_id))


def get_approval_id(ctx: Context, actor: Actor, request_id: UUID) -> UUID:
    """Return the ID of the approval of a request.

    Raises NotFound if the request does not exist; Conflict if it requires no approval.
    """
    with ctx.ports.storage.read() as reader:
        request = get_permitted_request(reader, actor, request_id)
    if request.approval_id is None:
        raise Conflict("The request does not require approval.")
    return request.approval_id


def _show(ctx: Context, actor: Actor, request_id: UUID) -> RequestView:
    with ctx.ports.storage.read() as reader:
        return get_request_view(reader, actor, request_id)


def _filter(reader: Reader, actor: Actor, where: RequestQuery, waits_for: Approver | None) -> RequestFilter:
    return RequestFilter(
        state=where.state,
        ca_id=guard.find_known_ca_id(reader, actor, where.ca),
        profile=where.profile,
        owner=actor.owner if where.mine else None,
        visible=scopes.compute_visibility(actor, Permission.REQUEST_READ),
        waits_for=waits_for,
    )


def _comment(ctx: Context, actor: Actor, text: str) -> Comment:
    plain = text.replace("\n", "").replace("\t", "")
    if not text.strip() or len(text) > MAX_COMMENT or not plain.isprintable():
        raise InvalidInput.of("comment", "request.comment", f"must have 1 to {MAX_COMMENT} printable characters")
    return Comment(ctx.new_id(), actor.id, actor.name, ctx.ports.clock.now(), text)


def _application(ctx: Context, actor: Actor, command: SubmitRequest) -> Application:
    """Return the application, with the values that a renewal copies from the previous certificate.

    Raises InvalidInput for missing or contradictory values.
    """
    if command.csr_der is not None and command.key_type is not None:
        raise InvalidInput.of(
            "csr", "enrol.one_key", "cannot be set together with `key_type`; specify exactly one of them"
        )
    if command.renews is not None:
        return _renewal(ctx, actor, command, command.renews)
    if command.csr_der is None and command.key_type is None:
        raise InvalidInput.of("csr", "enrol.one_key", "is required unless `key_type` is set")
    for name, value in (("ca", command.ca), ("profile", command.profile)):
        if value is None:
            raise InvalidInput.of(name, "request.missing", "is required unless `renews` is set")
    return Application(
        ca=command.ca or "",
        profile=command.profile or "",
        csr_der=command.csr_der,
        key_type=command.key_type,
        requested=command.requested,
    )


def _renewal(ctx: Context, actor: Actor, command: SubmitRequest, certificate_id: UUID) -> Application:
    with ctx.ports.storage.read() as reader:
        old = guard.get_certificate(reader, actor, Permission.REQUEST_SUBMIT, certificate_id)
    require_renewable(old)
    facts = parse.parse_certificate(old.der)
    same_key = command.csr_der is None and command.key_type is None
    if same_key and old.revocation is not None:
        raise Conflict(
            "The certificate is revoked, so its key is no longer trusted. Request a certificate for another key."
        )
    requested = command.requested
    return Application(
        ca=command.ca or str(old.ca_id),
        profile=command.profile or old.profile,
        csr_der=command.csr_der,
        key_type=command.key_type,
        spki_der=facts.key.spki_der if same_key else None,
        requested=replace(
            requested,
            subject=facts.subject if requested.subject is None else requested.subject,
            sans=facts.sans if requested.sans is None else requested.sans,
        ),
        renews=old.id,
    )
