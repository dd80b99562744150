"""Filing of a certificate request in the queue: its plan is frozen, with the risks that approvers should know."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from pki_manager.authority.certificates.applications import Judged, generate_sample_key, get_request_facts, judge
from pki_manager.authority.kernel import guard
from pki_manager.authority.kernel.authors import list_authors
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.directory import Terms, View
from pki_manager.authority.kernel.refusal_events import record_refusal
from pki_manager.authority.signing.issuance import InSameTransaction
from pki_manager.authority.signing.lint_gate import make_certificate_lint
from pki_manager.authority.signing.serials import create_serial
from pki_manager.domain.approval import Approval, ApprovalState, Operation
from pki_manager.domain.enrollment import Enrollment, EnrollmentState
from pki_manager.domain.errors import Refused
from pki_manager.domain.events.requests import RequestSubmitted
from pki_manager.domain.jobs import JobKind, NewJob
from pki_manager.domain.names import AlternativeName
from pki_manager.domain.plan import CertificatePlan
from pki_manager.domain.queue import Application, QueuedRequest, Risk, Weight
from pki_manager.domain.rights.actor import Actor
from pki_manager.policy import validity as validity_policy
from pki_manager.policy.risks import Circumstances, list_risks
from pki_manager.ports.unit_of_work import Claim, UnitOfWork
from pki_manager.x509.lint.finding import Finding, Severity
from pki_manager.x509.prepare import prepare_certificate

LIFETIME = timedelta(days=30)
"""How long a request that needs no further approval waits: for its key backend, or for its collection."""

ANONYMOUS_REQUESTER = "requester.anonymous"
"""Code of the risk that a request came from an account whose holder is not known."""

_DUPLICATES = 50


@dataclass(frozen=True, slots=True)
class Draft:
    """A request before it is stored, with its approval if one is required."""

    request: QueuedRequest
    approval: Approval | None


Write = Callable[[UnitOfWork, datetime, Draft], None]


def store_request(
    ctx: Context, actor: Actor, application: Application, judged: Judged, terms: Terms, view: View, write: Write
) -> UUID:
    """Store a certificate request in one unit of work, to which `write` adds rows. Return its ID.

    Raises LintRefused if the certificate could never be signed.
    """
    draft = draft_request(ctx, actor, application, judged, terms)
    enrolment = draft.request.enrolment
    with ctx.ports.storage.begin(actor) as uow:
        view.require_newest(uow)
        uow.requests.add(draft.request)
        if draft.approval is not None:
            uow.approvals.add(draft.approval)
        uow.record(
            RequestSubmitted(
                object_id=str(enrolment.id),
                ca=str(enrolment.ca_id),
                profile=f"{enrolment.profile}:{enrolment.profile_version}",
                subject=str(judged.plan.subject),
                plan_sha256=enrolment.plan_sha256.hex(),
                rules=tuple(rule.name for rule in judged.rules),
            )
        )
        queue_issuance(uow, draft.request, enrolment.created_at)
        write(uow, enrolment.created_at, draft)
    return enrolment.id


def judge_and(
    ctx: Context, actor: Actor, application: Application, work: Callable[[Judged, Terms, View], UUID]
) -> UUID:
    """Decide an application by the newest profile, CA, and rules, and pass the decision to `work`.

    A refusal is recorded as an audit event. Raises the errors of `judge` and of `work`.
    """
    facts = get_request_facts(application, generate_sample_key(application))

    def decided(view: View) -> UUID:
        terms = view.terms(application.ca, application.profile)
        guard.require_known(actor, terms.issuer.ca.id, application.ca)
        try:
            return work(judge(ctx, actor, facts, application, terms, view), terms, view)
        except Refused as refusal:
            view.confirm()
            record_refusal(ctx, actor, terms.issuer, terms.profile, refusal)
            raise

    return ctx.state.directory.consult(decided)


def bind_claim(actor: Actor, claim: Claim | None, tie: InSameTransaction | None = None) -> Write:
    """Return a function that stores the idempotency key, and the rows of `tie`, together with the new request."""

    def write(uow: UnitOfWork, now: datetime, draft: Draft) -> None:
        if claim is not None:
            uow.idempotency.claim(actor.id, claim, draft.request.enrolment.id, now)
        if tie is not None:
            tie(uow, draft.request.enrolment.id)

    return write


def queue_issuance(uow: UnitOfWork, request: QueuedRequest, now: datetime) -> None:
    """Queue the issuance of a request that waits for no approval, unless its key is generated at collection."""
    if request.enrolment.state is EnrollmentState.READY and request.application.key_type is None:
        identifier = str(request.enrolment.id)
        uow.jobs.enqueue(NewJob(JobKind.ISSUE_REQUEST, {"request": identifier}, coalesce=f"issue:{identifier}"), now)


def freeze_plan(application: Application, plan: CertificatePlan) -> CertificatePlan:
    """Return the plan that approvers decide about.

    If the key is generated at collection, the plan has the key type instead of the key.
    """
    return plan if application.key_type is None else replace(plan, spki_der=b"")


def draft_request(ctx: Context, actor: Actor, application: Application, judged: Judged, terms: Terms) -> Draft:
    """Return the request to be stored, with its approval if one is required.

    Raises LintRefused if the certificate breaks a rule, so that approvers never see it.
    """
    now = ctx.ports.clock.now()
    plan = freeze_plan(application, judged.plan)
    approval = _approval(ctx, actor, plan, judged, now)
    enrolment = Enrollment(
        id=ctx.new_id(),
        state=EnrollmentState.READY if approval is None else EnrollmentState.AWAITING_APPROVAL,
        ca_id=terms.issuer.ca.id,
        profile=plan.profile,
        profile_version=plan.profile_version,
        plan_json=plan.canonical(),
        plan_sha256=plan.sha256(),
        requested_by=actor.id,
        via=actor.via,
        owner_id=actor.owner,
        team_id=actor.team_id,
        created_at=now,
        changed_at=now,
        renews=application.renews,
        queued=True,
    )
    if approval is not None:
        approval = replace(approval, object_id=str(enrolment.id), request_id=enrolment.id)
    request = QueuedRequest(
        enrolment=enrolment,
        application=replace(application, ca=str(terms.issuer.ca.id)),
        risks=(*_unknown_holder(actor), *_risks(ctx, application, judged, terms)),
        expires_at=now + LIFETIME if approval is None else approval.expires_at,
        approval_id=None if approval is None else approval.id,
        requester_name=actor.name,
    )
    return Draft(request, approval)


def _approval(ctx: Context, actor: Actor, plan: CertificatePlan, judged: Judged, now: datetime) -> Approval | None:
    if not judged.rules:
        return None
    with ctx.ports.storage.read() as reader:
        authors = list_authors(reader, actor)
    return Approval(
        id=ctx.new_id(),
        operation=Operation.CERTIFICATE_ISSUE,
        object_kind="request",
        object_id="",
        request_id=None,
        body=plan.canonical(),
        sha256=plan.sha256(),
        rules=judged.rules,
        state=ApprovalState.WAITING,
        requested_by=actor.id,
        requester_name=actor.name,
        person=actor.owner,
        team_id=actor.team_id,
        created_at=now,
        changed_at=now,
        expires_at=min(rule.expires.after(now) for rule in judged.rules),
        authors=authors,
    )


def _unknown_holder(actor: Actor) -> tuple[Risk, ...]:
    if not actor.has_unknown_holder:
        return ()
    message = (
        f"A client with {actor.via.upper()} credential {actor.name!r} requested this from "
        f"{actor.peer or 'an unknown address'}. The holder of the credential is not known and may be an approver, so "
        "each rule requires one more person."
    )
    return (Risk(ANONYMOUS_REQUESTER, Weight.WARNING, "requester", message),)


def _risks(ctx: Context, application: Application, judged: Judged, terms: Terms) -> tuple[Risk, ...]:
    now, plan, profile = ctx.ports.clock.now(), judged.plan, terms.profile
    with ctx.ports.storage.read() as reader:
        key_history = reader.known_keys.get_usage_history(hashlib.sha256(plan.spki_der).digest())
        known = reader.certificates.find_used_names(plan.sans)
        first = reader.certificates.list_with_name(plan.sans[0], plan.profile, now, _DUPLICATES) if plan.sans else ()
    same = tuple(str(one.id) for one in first if _same(one.sans, plan.sans) and one.id != application.renews)
    around = Circumstances(key_history=key_history, known=known, duplicates=same, renews=application.renews is not None)
    return (*list_risks(plan, profile, around, now), *_lint(ctx, judged, terms, now))


def _same(one: tuple[AlternativeName, ...], other: tuple[AlternativeName, ...]) -> bool:
    return set(one) == set(other)


def _lint(ctx: Context, judged: Judged, terms: Terms, now: datetime) -> tuple[Risk, ...]:
    """Return the lint findings of the planned certificate, under a throwaway key, as risks for approvers."""
    plan, profile, issuer = judged.plan, terms.profile, terms.issuer
    validity = validity_policy.decide_validity(plan.validity, profile.validity, issuer, now)
    prepared = prepare_certificate(
        plan,
        issuer,
        validity,
        create_serial(ctx.ports.entropy, now),
        lint=make_certificate_lint(ctx.state.linted_kinds, profile, issuer),
    )
    return tuple(_risk(finding) for finding in prepared.findings)


def _risk(finding: Finding) -> Risk:
    weight = Weight.WARNING if finding.severity is Severity.WARNING else Weight.NOTICE
    return Risk(f"lint.{finding.rule}", weight, finding.where, f"{finding.message} ({finding.citation})")
