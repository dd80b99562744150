"""Enrollment: a request becomes a plan, or a refusal with every reason. Direct issuance continues with `issue`.

If approval is required, the request is stored in the queue and ApprovalNeeded is raised.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

from pki_manager.authority.certificates.applications import Judged, get_request_facts, judge
from pki_manager.authority.certificates.issue import issue
from pki_manager.authority.certificates.key_usage_history import get_key_usage_history
from pki_manager.authority.certificates.submit import bind_claim, store_request
from pki_manager.authority.kernel import guard
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.directory import Terms, View
from pki_manager.authority.kernel.idempotency import Done, run_once
from pki_manager.authority.kernel.refusal_events import record_refusal
from pki_manager.authority.kernel.request_view import get_request_view
from pki_manager.authority.signing.issuance import InSameTransaction, IssueOrder
from pki_manager.domain.certificate import Certificate
from pki_manager.domain.enrollment import EnrollmentState
from pki_manager.domain.errors import ApprovalNeeded, Conflict, Fault, Refused
from pki_manager.domain.names import AlternativeName
from pki_manager.domain.profiles.extensions import FieldValue
from pki_manager.domain.queue import Application
from pki_manager.domain.request import Purpose, RequestedContents, RequestFacts, ValidityRequest
from pki_manager.domain.rights.actor import Actor
from pki_manager.policy import access
from pki_manager.policy.access import Permission
from pki_manager.policy.decide import decide
from pki_manager.ports.unit_of_work import Claim, UnitOfWork
from pki_manager.x509 import names, pem
from pki_manager.x509.made_key import MadeKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Enroll:
    """A request for a certificate. `csr` is PKCS #10 (PEM text or DER bytes).

    `subject` (RFC 4514) and `sans`, if set, replace those of the CSR. `fields` are values of the profile's request
    fields and, if set, replace those in the extensions of the CSR.
    """

    ca: str
    profile: str
    csr: str | bytes
    subject: str | None = None
    sans: tuple[str, ...] | None = None
    validity: ValidityRequest = field(default_factory=ValidityRequest)
    fields: tuple[FieldValue, ...] | None = None


def enroll(ctx: Context, actor: Actor, command: Enroll, claim: Claim | None = None) -> Done[Certificate]:
    """Decide a request and issue the certificate.

    Raises Malformed or InvalidInput for input that cannot be read; PolicyRefused or LintRefused with every reason;
    NotFound for an unknown CA or profile; Conflict if the CA cannot issue; ApprovalNeeded if the request now waits in
    the queue; BackendUnavailable or StorageUnavailable if that component is unavailable.
    """
    access.require_somewhere(actor, Permission.CERTIFICATE_ISSUE)

    def work() -> Certificate:
        return admit(ctx, actor, build_application(command), claim)

    return run_once(ctx, actor, claim, work, lambda enrolment_id: replay(ctx, actor, enrolment_id))


def check_enrollment(ctx: Context, actor: Actor, command: Enroll) -> None:
    """Raise the error that `enroll` would raise now, as far as policy decides it.

    Nothing is recorded, linted, or signed.
    """
    access.require_somewhere(actor, Permission.CERTIFICATE_ISSUE)
    preview_admission(ctx, actor, build_application(command))


def preview_admission(ctx: Context, actor: Actor, application: Application) -> None:
    """Raise the error that `admit` would raise now, as far as policy decides it.

    Required approval is not an error.
    """
    facts = get_request_facts(application)

    def decided(view: View) -> None:
        terms = view.terms(application.ca, application.profile)
        guard.require_known(actor, terms.issuer.ca.id, application.ca)
        try:
            judge(ctx, actor, facts, application, terms, view)
        except Refused:
            view.confirm()
            raise

    ctx.state.directory.consult(decided)


def build_application(command: Enroll) -> Application:
    """Return the command as an application. Raises Malformed or InvalidInput if it cannot be read."""
    return Application(
        ca=command.ca,
        profile=command.profile,
        csr_der=pem.read(command.csr, pem.CSR_LABELS, "csr"),
        requested=build_requested_contents(command.subject, command.sans, command.validity, command.fields),
    )


def build_requested_contents(
    subject: str | None,
    sans: tuple[str, ...] | None,
    validity: ValidityRequest,
    fields: tuple[FieldValue, ...] | None = None,
) -> RequestedContents:
    """Return the requested contents of a certificate. `subject` is RFC 4514 text; `sans` are written as `DNS:…`.

    Raises InvalidInput, which names the field, if a value is invalid.
    """
    return RequestedContents(
        subject=names.parse_dn(subject, "subject") if subject is not None else None,
        sans=tuple(AlternativeName.parse(san) for san in sans) if sans is not None else None,
        validity=validity,
        fields=fields,
    )


def admit(
    ctx: Context,
    actor: Actor,
    application: Application,
    claim: Claim | None = None,
    key: MadeKey | None = None,
    tie: InSameTransaction | None = None,
) -> Certificate:
    """Decide a request by the newest profile and the present state of the CA, and issue its certificate.

    `key` is the key that was generated for a `key_type`. `tie` writes additional rows in the unit of work that begins
    the issuance or stores the request in the queue; its errors roll that back. Errors as `enroll`.
    """
    facts = get_request_facts(application, key)

    def decided(view: View) -> Certificate:
        terms = view.terms(application.ca, application.profile)
        try:
            order = decide_application(ctx, actor, application, facts, view, claim, tie)
            if isinstance(order, Judged):
                waiting = store_request(ctx, actor, application, order, terms, view, bind_claim(actor, claim, tie))
                raise build_needs_approval_error(ctx, actor, waiting)
            return issue(ctx, order)
        except Refused as refusal:
            view.confirm()
            record_refusal(ctx, actor, terms.issuer, terms.profile, refusal)
            raise

    return ctx.state.directory.consult(decided)


def decide_application(
    ctx: Context,
    actor: Actor,
    application: Application,
    facts: RequestFacts,
    view: View,
    claim: Claim | None,
    tie: InSameTransaction | None = None,
) -> IssueOrder | Judged:
    """Return the order to issue the certificate, or the decision if approval is required.

    Refusals are not recorded. `tie` as in `admit`. Raises NotFound for a CA that the actor cannot read. Other errors as
    `enroll`.
    """
    terms = view.terms(application.ca, application.profile)
    guard.require_known(actor, terms.issuer.ca.id, application.ca)
    judged = judge(ctx, actor, facts, application, terms, view)
    if judged.rules:
        return judged
    enrolment_id = ctx.new_id()
    return IssueOrder(
        enrolment_id=enrolment_id,
        actor=actor,
        plan=judged.plan,
        profile=terms.profile,
        issuer=terms.issuer,
        revision=view.revision,
        claim=claim,
        in_same_transaction=None if tie is None else lambda uow: tie(uow, enrolment_id),
        renews=application.renews,
    )


def build_needs_approval_error(ctx: Context, actor: Actor, request_id: UUID) -> ApprovalNeeded:
    """Return the error that says that a request waits in the queue for approval."""
    with ctx.ports.storage.read() as reader:
        view = get_request_view(reader, actor, request_id)
    state = view.request.enrolment.state
    return ApprovalNeeded(f"Certificate request {request_id} is {state}.", view)


def issue_own(
    ctx: Context,
    actor: Actor,
    facts: RequestFacts,
    requested: RequestedContents,
    terms: Terms,
    purpose: Purpose = Purpose.AUTHORITY,
    claim: Claim | None = None,
    in_same_transaction: Callable[[UnitOfWork], None] | None = None,
) -> Certificate:
    """Issue a certificate that the server itself needs, such as that of a CA, an OCSP signer, or its TLS.

    The policy decides first. `in_same_transaction` stores rows together with the intent to sign. A refusal is
    recorded as an audit event. Errors as `enroll`.
    """
    profile, issuer = terms.profile, terms.issuer
    key_history = get_key_usage_history(ctx, terms, facts.key)
    try:
        now = ctx.ports.clock.now()
        plan = decide(facts, requested, profile, issuer, actor, now, key_history=key_history, purpose=purpose)
        order = IssueOrder(
            enrolment_id=ctx.new_id(),
            actor=actor,
            plan=plan,
            profile=profile,
            issuer=issuer,
            claim=claim,
            in_same_transaction=in_same_transaction,
        )
        return issue(ctx, order)
    except Refused as refusal:
        record_refusal(ctx, actor, issuer, profile, refusal)
        raise


def replay(ctx: Context, actor: Actor, enrolment_id: UUID) -> Certificate | None:
    """Return the certificate of an enrollment; None while it is being signed.

    Raises Conflict if it failed; ApprovalNeeded if it is in the queue and not issued; Fault if its certificate is
    missing.
    """
    with ctx.ports.storage.read() as reader:
        enrolment = reader.enrollments.get(enrolment_id)
        if enrolment.state is EnrollmentState.ISSUED:
            if enrolment.certificate_id is None:
                raise Fault("An issued enrollment has no certificate.", enrolment=str(enrolment_id))
            return reader.certificates.get(enrolment.certificate_id)
    if enrolment.state is EnrollmentState.ISSUING:
        return None
    if enrolment.queued:
        raise build_needs_approval_error(ctx, actor, enrolment_id)
    raise Conflict(
        f"The first request with this Idempotency-Key ended as {enrolment.state}: "
        f"{enrolment.reason or 'no reason was recorded'}"
    )
