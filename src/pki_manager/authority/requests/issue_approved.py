"""Out of the queue: what was approved is decided again, and issued only if it is still what was approved."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from uuid import UUID

from pki_manager.authority.acme.caa import require_recent_of
from pki_manager.authority.acme.order_status import require_authorized
from pki_manager.authority.certificates import generated_keys
from pki_manager.authority.certificates.applications import Judged, facts_of, judge
from pki_manager.authority.certificates.enroll_with_key import replay_keyed
from pki_manager.authority.certificates.generated_keys import Keyed, KeyForm, KeyOrder
from pki_manager.authority.certificates.issue import issue
from pki_manager.authority.certificates.predecessors import require_renewable
from pki_manager.authority.certificates.submit import frozen
from pki_manager.authority.kernel.approvers import ConsentLapsed, counted, recount, require_counted
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.current_actor import resolve_actor
from pki_manager.authority.kernel.directory import Terms, View
from pki_manager.authority.kernel.idempotency import Done, once
from pki_manager.authority.kernel.request_view import permitted, target_of
from pki_manager.authority.signing.issuance import IssueOrder
from pki_manager.domain.approval import Approval, ApprovalState
from pki_manager.domain.certificate import Certificate
from pki_manager.domain.enrollment import EnrollmentState
from pki_manager.domain.errors import (
    AccessError,
    BackendUnavailable,
    Conflict,
    Forbidden,
    InFlight,
    NotFound,
    PartUnavailable,
    PkiError,
    Refused,
)
from pki_manager.domain.events.audit import Outcome
from pki_manager.domain.events.requests import RequestRefused
from pki_manager.domain.plan import CertificatePlan
from pki_manager.domain.queue import QueuedRequest
from pki_manager.domain.rights.actor import Actor
from pki_manager.policy import access
from pki_manager.policy.access import Permission
from pki_manager.ports.signer import BackendState
from pki_manager.ports.unit_of_work import Claim, Reader, UnitOfWork
from pki_manager.x509.made_key import MadeKey

_CHANGES = (Refused, AccessError, NotFound, Conflict)


def proceed(ctx: Context, actor: Actor, request_id: UUID) -> None:
    """Issue a request that is ready; nothing to do where it is not. `actor` is the worker.

    What can no longer be issued as it was approved is refused, permanently. PartUnavailable, with the reason on the
    request, while a part is away: try again.
    """
    with ctx.ports.storage.read() as reader:
        request = reader.requests.get(request_id)
    if request.enrolment.state is not EnrollmentState.READY or request.application.key_type is not None:
        return
    with suppress(*_CHANGES):
        _attempt(ctx, actor, request, lambda: _issue(ctx, actor, request))


def collect(
    ctx: Context,
    actor: Actor,
    request_id: UUID,
    passphrase: str,
    form: KeyForm = KeyForm.P12,
    claim: Claim | None = None,
) -> Done[Keyed]:
    """Make the key of an approved request, issue its certificate and hand both out: `(certificate and key, replayed)`.

    For its requester only. The key is returned once: afterwards the certificate comes without it. NotFound;
    Forbidden for others; Conflict unless the request is ready and for a key that is made here; else as
    `enroll_with_key`.
    """
    with ctx.ports.storage.read() as reader:
        request = permitted(reader, actor, request_id, Permission.REQUEST_SUBMIT)
        access.require(actor, Permission.CERTIFICATE_EXPORT_KEY, target_of(reader, actor, request))
    if request.enrolment.owner_id != actor.owner:
        raise Forbidden("Only the requester can collect the key.")
    if request.application.key_type is None:
        raise Conflict("The request contains a CSR, so there is no key to collect.")
    order = KeyOrder(key_type=request.application.key_type, passphrase=passphrase, form=form)

    def work() -> Keyed:
        delivered = replay_keyed(ctx, actor, request_id) if request.enrolment.state is EnrollmentState.ISSUED else None
        if delivered is not None:
            return delivered
        if request.enrolment.state is not EnrollmentState.READY:
            raise Conflict(f"The request is {request.enrolment.state} and cannot be collected.")
        key = generated_keys.make(order)
        certificate = _attempt(ctx, actor, request, lambda: _issue(ctx, actor, request, key, claim))
        return generated_keys.deliver(ctx, key, order, certificate)

    keyed, replayed = once(ctx, actor, claim, work, lambda _: replay_keyed(ctx, actor, request_id))
    return Done(keyed, replayed or keyed.key_file is None)


def _attempt(ctx: Context, actor: Actor, request: QueuedRequest, work: Callable[[], Certificate]) -> Certificate:
    """`work`, with what its failure means for the request."""
    try:
        _require_backend(ctx, request)
        return work()
    except InFlight:
        raise
    except ConsentLapsed:
        if request.approval_id is not None:
            recount(ctx, actor, request.approval_id)
        raise Conflict(
            "An approver may no longer approve this request. The request is waiting for approval again."
        ) from None
    except PartUnavailable as away:
        with ctx.ports.storage.housekeep() as uow:
            uow.requests.explain(request.enrolment.id, away.detail)
        raise
    except _CHANGES as change:
        _refuse(ctx, actor, request, change)
        raise


def _require_backend(ctx: Context, request: QueuedRequest) -> None:
    """BackendUnavailable before a serial number is spent on a key that cannot be reached."""
    with ctx.ports.storage.read() as reader:
        backend = reader.issuer_keys.current(request.enrolment.ca_id).backend
    described = ctx.ports.signers.get(backend).describe()
    if described.state is not BackendState.AVAILABLE:
        raise BackendUnavailable(f"Key backend {backend!r} is unavailable. {described.reason or ''}", retry_after=5)


def _issue(
    ctx: Context,
    actor: Actor,
    request: QueuedRequest,
    key: MadeKey | None = None,
    claim: Claim | None = None,
) -> Certificate:
    """With the rights that the requester has now, by the profile, the CA and the rules as they are now."""
    enrolment, application = request.enrolment, request.application
    with ctx.ports.storage.read() as reader:
        requester = resolve_actor(ctx, reader, enrolment.requested_by, request.requester_name, enrolment.via)
        approval = None if request.approval_id is None else reader.approvals.get(request.approval_id)
        if approval is not None and approval.state is ApprovalState.APPROVED:
            approval = counted(ctx, reader, approval)
        _require_still_renewable(reader, request)
    if requester is None:
        raise Forbidden(f"The requester {enrolment.requested_by} no longer has access.")
    require_recent_of(ctx, enrolment.id)
    facts = facts_of(application, key)

    def decided(view: View) -> Certificate:
        terms = view.terms(application.ca, application.profile)
        try:
            judged = judge(ctx, requester, facts, application, terms, view)
        except Refused:
            view.confirm()
            raise
        _require_same(request, frozen(application, judged.plan))
        _require_approved(approval, judged)
        return issue(ctx, actor, _order(ctx, request, approval, judged, terms, view, claim))

    return ctx.state.directory.consult(decided)


def _require_still_renewable(reader: Reader, request: QueuedRequest) -> None:
    """Conflict where the certificate before was put on hold after its renewal was asked for."""
    if request.enrolment.renews is not None:
        with suppress(NotFound):
            require_renewable(reader.certificates.get(request.enrolment.renews))


def _order(
    ctx: Context,
    request: QueuedRequest,
    approval: Approval | None,
    judged: Judged,
    terms: Terms,
    view: View,
    claim: Claim | None,
) -> IssueOrder:
    def executed(uow: UnitOfWork) -> None:
        now = ctx.ports.clock.now()
        if approval is not None:
            require_counted(ctx, uow, approval.id)
        if approval is not None and not uow.approvals.move(
            approval.id, (ApprovalState.APPROVED,), ApprovalState.EXECUTED, now
        ):
            raise InFlight("The approval was used or withdrawn by another request.", retry_after=1)
        require_authorized(uow, request.enrolment.id, judged.plan, now)

    return IssueOrder(
        enrolment_id=request.enrolment.id,
        plan=judged.plan,
        profile=terms.profile,
        issuer=terms.issuer,
        revision=view.revision,
        claim=claim,
        in_same_transaction=executed,
        renews=request.enrolment.renews,
        request=request.enrolment,
        rules=() if approval is None else approval.rule_names(),
    )


def _require_same(request: QueuedRequest, plan: CertificatePlan) -> None:
    """What the approvers saw is what is signed: Conflict, naming what is otherwise now."""
    if plan.sha256() == request.enrolment.plan_sha256:
        return
    before, after = json.loads(request.enrolment.plan_json), json.loads(plan.canonical())
    changed = ", ".join(sorted(name for name in after if before.get(name) != after[name]))
    raise Conflict(f"The approval is no longer valid because {changed} changed. Request approval again.")


def _require_approved(approval: Approval | None, judged: Judged) -> None:
    """Conflict where the rules demand something else than when it was approved, or it is not approved."""
    if approval is None:
        if judged.rules:
            raise Conflict(f"The request now requires approval by {', '.join(rule.name for rule in judged.rules)}.")
        return
    if approval.state is not ApprovalState.APPROVED:
        raise InFlight(f"The approval is in the state {approval.state}, and cannot be used now.", retry_after=1)
    if approval.missing():
        raise ConsentLapsed
    if not set(judged.rules) <= set(approval.rules):
        raise Conflict("The approval rules have changed since the approval. Request approval again.")


def _refuse(ctx: Context, actor: Actor, request: QueuedRequest, error: PkiError) -> None:
    now, enrolment = ctx.ports.clock.now(), request.enrolment
    with ctx.ports.storage.begin(actor) as uow:
        approval = None if request.approval_id is None else uow.approvals.lock(request.approval_id)
        ready = (EnrollmentState.READY,)
        if not uow.requests.move(enrolment.id, ready, EnrollmentState.REFUSED, now, error.detail):
            raise InFlight("The request was changed by another request. Retry.", retry_after=1)
        if approval is not None:
            uow.approvals.move(approval.id, (ApprovalState.APPROVED,), ApprovalState.REFUSED, now, reason=error.detail)
        uow.record(
            RequestRefused(
                object_id=str(enrolment.id),
                outcome=Outcome.REFUSED,
                reason=error.code,
                plan_sha256=enrolment.plan_sha256.hex(),
                rules=() if approval is None else approval.rule_names(),
            )
        )
    error.audited = True
