"""Enrolment: a request becomes a plan, or a refusal with every reason. Direct issuing goes straight on to `issue`.

What needs somebody's approval goes into the queue instead, and is told as `ApprovalNeeded`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

from pki_manager.authority.certificates.applications import Judged, facts_of, judge
from pki_manager.authority.certificates.issue import issue
from pki_manager.authority.certificates.key_usage_history import key_standing
from pki_manager.authority.certificates.submit import claimed, file
from pki_manager.authority.kernel import guard
from pki_manager.authority.kernel.context import Authority
from pki_manager.authority.kernel.directory import Terms, View
from pki_manager.authority.kernel.idempotency import once
from pki_manager.authority.kernel.refusal_events import record_refusal
from pki_manager.authority.kernel.request_view import view_of
from pki_manager.authority.signing.issuance import IssueOrder, Tie
from pki_manager.domain.certificate import Certificate
from pki_manager.domain.enrollment import EnrolmentState
from pki_manager.domain.errors import ApprovalNeeded, Conflict, Fault, Refused
from pki_manager.domain.names import AlternativeName
from pki_manager.domain.queue import Application
from pki_manager.domain.request import Purpose, RequestFacts, ValidityRequest, Wanted
from pki_manager.domain.rights.actor import Actor
from pki_manager.policy import access
from pki_manager.policy.access import Permission
from pki_manager.policy.decide import decide
from pki_manager.ports.unit_of_work import Claim, UnitOfWork
from pki_manager.x509 import names, pem
from pki_manager.x509.made_key import MadeKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrol:
    """One request. `csr` is PKCS#10, PEM text or DER bytes; `subject` (RFC 4514) and `sans` replace the CSR's own."""

    ca: str
    profile: str
    csr: str | bytes
    subject: str | None = None
    sans: tuple[str, ...] | None = None
    validity: ValidityRequest = field(default_factory=ValidityRequest)


def enrol(authority: Authority, actor: Actor, command: Enrol, claim: Claim | None = None) -> tuple[Certificate, bool]:
    """Judge a request and issue the certificate; `(certificate, replayed)`.

    Malformed or InvalidInput for what cannot be read, PolicyRefused and LintRefused with every reason, NotFound for an
    unknown CA or profile, Conflict when the CA does not issue, BackendUnavailable and StorageUnavailable;
    ApprovalNeeded when it waits in the queue now.
    """
    access.require_somewhere(actor, Permission.CERTIFICATE_ISSUE)

    def work() -> Certificate:
        return admit(authority, actor, application_of(command), claim)

    return once(authority, actor, claim, work, lambda enrolment_id: replay(authority, actor, enrolment_id))


def foresee(authority: Authority, actor: Actor, command: Enrol) -> None:
    """Raise what `enrol` would now, as far as policy can tell: nothing is recorded, linted or signed."""
    access.require_somewhere(actor, Permission.CERTIFICATE_ISSUE)
    foresee_admission(authority, actor, application_of(command))


def foresee_admission(authority: Authority, actor: Actor, application: Application) -> None:
    """Raise what `admit` would now, as far as policy can tell; that it would wait for approval is no objection."""
    facts = facts_of(application)

    def decided(view: View) -> None:
        terms = view.terms(application.ca, application.profile)
        guard.require_known(actor, terms.issuer.ca.id, application.ca)
        try:
            judge(authority, actor, facts, application, terms, view)
        except Refused:
            view.confirm()
            raise

    authority.directory.consult(decided)


def application_of(command: Enrol) -> Application:
    """What is asked for, read as far as its shape goes; Malformed or InvalidInput."""
    return Application(
        ca=command.ca,
        profile=command.profile,
        csr_der=pem.read(command.csr, pem.CSR_LABELS, "csr"),
        wanted=wanted_of(command.subject, command.sans, command.validity),
    )


def wanted_of(subject: str | None, sans: tuple[str, ...] | None, validity: ValidityRequest) -> Wanted:
    """`subject` is RFC 4514 text, `sans` as `DNS:…`; InvalidInput naming them."""
    return Wanted(
        subject=names.parse_dn(subject, "subject") if subject is not None else None,
        sans=tuple(AlternativeName.parse(san) for san in sans) if sans is not None else None,
        validity=validity,
    )


def admit(
    authority: Authority,
    actor: Actor,
    application: Application,
    claim: Claim | None = None,
    key: MadeKey | None = None,
    tie: Tie | None = None,
) -> Certificate:
    """What somebody asks for, by whichever verb, judged against the newest profile and the CA as it now stands.

    `key` is the one that was made for a `key_type`; `tie` writes in the unit that begins the issuance or files the
    request, and what it raises undoes that. Other errors as `enrol`.
    """
    facts = facts_of(application, key)

    def decided(view: View) -> Certificate:
        terms = view.terms(application.ca, application.profile)
        try:
            order = decided_on(authority, actor, application, facts, view, claim, tie)
            if isinstance(order, Judged):
                waiting = file(authority, actor, application, order, terms, view, claimed(actor, claim, tie))
                raise needs_approval(authority, actor, waiting)
            return issue(authority, actor, order)
        except Refused as refusal:
            view.confirm()
            record_refusal(authority, actor, terms.issuer, terms.profile, refusal)
            raise

    return authority.directory.consult(decided)


def decided_on(
    authority: Authority,
    actor: Actor,
    application: Application,
    facts: RequestFacts,
    view: View,
    claim: Claim | None,
    tie: Tie | None = None,
) -> IssueOrder | Judged:
    """What is to be issued; or, where that needs approval, what was judged. NotFound for a CA that is hidden.

    Other errors as `enrol`, refusals unrecorded. `tie` as of `admit`.
    """
    terms = view.terms(application.ca, application.profile)
    guard.require_known(actor, terms.issuer.ca.id, application.ca)
    judged = judge(authority, actor, facts, application, terms, view)
    if judged.rules:
        return judged
    enrolment_id = authority.new_id()
    return IssueOrder(
        enrolment_id=enrolment_id,
        plan=judged.plan,
        profile=terms.profile,
        issuer=terms.issuer,
        revision=view.revision,
        claim=claim,
        accompany=None if tie is None else lambda uow: tie(uow, enrolment_id),
        renews=application.renews,
    )


def needs_approval(authority: Authority, actor: Actor, request_id: UUID) -> ApprovalNeeded:
    """What the caller is told of a request in the queue."""
    with authority.storage.read() as reader:
        view = view_of(reader, actor, request_id)
    state = view.request.enrolment.state
    return ApprovalNeeded(f"it waits as request {request_id}, which is {state}", view)


def issue_own(
    authority: Authority,
    actor: Actor,
    facts: RequestFacts,
    wanted: Wanted,
    terms: Terms,
    purpose: Purpose = Purpose.AUTHORITY,
    claim: Claim | None = None,
    accompany: Callable[[UnitOfWork], None] | None = None,
) -> Certificate:
    """A certificate of the authority for itself, or for another one: policy, then the one `issue`.

    A refusal leaves its own event. `accompany` adds rows to the first transaction.
    """
    profile, issuer = terms.profile, terms.issuer
    standing = key_standing(authority, terms, facts.key)
    try:
        now = authority.clock.now()
        plan = decide(facts, wanted, profile, issuer, actor, now, standing=standing, purpose=purpose)
        order = IssueOrder(
            enrolment_id=authority.new_id(),
            plan=plan,
            profile=profile,
            issuer=issuer,
            claim=claim,
            accompany=accompany,
        )
        return issue(authority, actor, order)
    except Refused as refusal:
        record_refusal(authority, actor, issuer, profile, refusal)
        raise


def replay(authority: Authority, actor: Actor, enrolment_id: UUID) -> Certificate | None:
    """The certificate of an enrolment, None while it is being signed; Conflict when it came to nothing.

    ApprovalNeeded for one that is in the queue, whatever has become of it there short of a certificate.
    """
    with authority.storage.read() as reader:
        enrolment = reader.enrolments.get(enrolment_id)
        if enrolment.state is EnrolmentState.ISSUED:
            if enrolment.certificate_id is None:
                raise Fault("an issued enrolment without a certificate", enrolment=str(enrolment_id))
            return reader.certificates.get(enrolment.certificate_id)
    if enrolment.state is EnrolmentState.ISSUING:
        return None
    if enrolment.queued:
        raise needs_approval(authority, actor, enrolment_id)
    raise Conflict(f"the first request ended as {enrolment.state}: {enrolment.reason or 'no reason given'}")
