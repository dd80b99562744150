"""Enrolment: a request becomes a plan, or a refusal with every reason. Direct issuing goes straight on to `issue`."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from pki_manager.authority import guard
from pki_manager.authority.context import Authority
from pki_manager.authority.directory import Terms, View
from pki_manager.authority.idempotency import once
from pki_manager.authority.issue import IssueOrder, issue
from pki_manager.authority.key_standing import key_standing
from pki_manager.domain.actor import Actor
from pki_manager.domain.audit import IssueRefused, Outcome
from pki_manager.domain.authority import Issuer
from pki_manager.domain.certificate import Certificate
from pki_manager.domain.enrolment import EnrolmentState
from pki_manager.domain.errors import Conflict, Fault, Refused
from pki_manager.domain.names import AlternativeName
from pki_manager.domain.plan import CertificatePlan
from pki_manager.domain.profile import Profile
from pki_manager.domain.request import Purpose, RequestFacts, ValidityRequest, Wanted
from pki_manager.policy import access
from pki_manager.policy.access import Permission
from pki_manager.policy.decide import decide
from pki_manager.ports.unit_of_work import Claim
from pki_manager.x509 import names, parse


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
    unknown CA or profile, Conflict when the CA does not issue, BackendUnavailable and StorageUnavailable.
    """
    access.require_somewhere(actor, Permission.CERTIFICATE_ISSUE)

    def work() -> Certificate:
        facts, wanted = _read(command)
        return admit(authority, actor, facts, wanted, ca=command.ca, profile=command.profile, claim=claim)

    return once(authority, actor, claim, work, lambda enrolment_id: replay(authority, enrolment_id))


def foresee(authority: Authority, actor: Actor, command: Enrol) -> None:
    """Raise what `enrol` would now, as far as policy can tell: nothing is recorded, linted or signed."""
    access.require_somewhere(actor, Permission.CERTIFICATE_ISSUE)
    facts, wanted = _read(command)
    foresee_admission(authority, actor, facts, wanted, ca=command.ca, profile=command.profile)


def foresee_admission(
    authority: Authority, actor: Actor, facts: RequestFacts, wanted: Wanted, *, ca: str, profile: str
) -> None:
    """Raise what `admit` would now, as far as policy can tell."""

    def decided(view: View) -> None:
        terms = view.terms(ca, profile)
        guard.require_known(actor, terms.issuer.ca.id, ca)
        try:
            _decide(authority, actor, facts, wanted, terms, Purpose.ENROL)
        except Refused:
            view.confirm()
            raise

    authority.directory.consult(decided)


def _read(command: Enrol) -> tuple[RequestFacts, Wanted]:
    wanted = Wanted(
        subject=names.parse_dn(command.subject, "subject") if command.subject is not None else None,
        sans=tuple(AlternativeName.parse(san) for san in command.sans) if command.sans is not None else None,
        validity=command.validity,
    )
    return parse.csr(command.csr), wanted


def admit(
    authority: Authority,
    actor: Actor,
    facts: RequestFacts,
    wanted: Wanted,
    *,
    ca: str,
    profile: str,
    renews: UUID | None = None,
    claim: Claim | None = None,
) -> Certificate:
    """What somebody asks for, by whichever verb, judged against the newest profile and the CA as it now stands.

    `ca` is an id or a name; `renews` the certificate that the new one follows. Errors as `enrol`.
    """

    def decided(view: View) -> Certificate:
        terms = view.terms(ca, profile)
        guard.require_known(actor, terms.issuer.ca.id, ca)
        return decide_and_issue(authority, actor, facts, wanted, terms, Purpose.ENROL, claim, renews)

    return authority.directory.consult(decided)


def decide_and_issue(
    authority: Authority,
    actor: Actor,
    facts: RequestFacts,
    wanted: Wanted,
    terms: Terms,
    purpose: Purpose,
    claim: Claim | None = None,
    renews: UUID | None = None,
) -> Certificate:
    """Policy, then the one `issue`; a refusal of either leaves its own audit event and no serial number."""
    profile, issuer, view = terms.profile, terms.issuer, terms.view
    try:
        plan = _decide(authority, actor, facts, wanted, terms, purpose)
        order = IssueOrder(
            enrolment_id=authority.new_id(),
            plan=plan,
            profile=profile,
            issuer=issuer,
            revision=view.revision if view else None,
            claim=claim,
            renews=renews,
        )
        return issue(authority, actor, order)
    except Refused as refusal:
        if view is not None:
            view.confirm()
        record_refusal(authority, actor, issuer, profile, refusal)
        raise


def _decide(
    authority: Authority, actor: Actor, facts: RequestFacts, wanted: Wanted, terms: Terms, purpose: Purpose
) -> CertificatePlan:
    standing = key_standing(authority, terms, facts.key)
    now = authority.clock.now()
    return decide(facts, wanted, terms.profile, terms.issuer, actor, now, standing=standing, purpose=purpose)


def record_refusal(authority: Authority, actor: Actor, issuer: Issuer, profile: Profile, refusal: Refused) -> None:
    with authority.storage.begin(actor) as uow:
        uow.record(
            IssueRefused(
                object_id=str(issuer.ca.id),
                outcome=Outcome.REFUSED,
                reason=refusal.code,
                profile=f"{profile.name}:{profile.version}",
                rules=tuple(error.rule for error in refusal.errors),
            )
        )
    refusal.audited = True


def replay(authority: Authority, enrolment_id: UUID) -> Certificate | None:
    """The certificate of an enrolment, None while it is being signed; Conflict when it came to nothing."""
    with authority.storage.read() as reader:
        enrolment = reader.enrolments.get(enrolment_id)
        if enrolment.state is EnrolmentState.ISSUING:
            return None
        if enrolment.state is not EnrolmentState.ISSUED:
            raise Conflict(f"the first request ended as {enrolment.state}: {enrolment.reason or 'no reason given'}")
        if enrolment.certificate_id is None:
            raise Fault("an issued enrolment without a certificate", enrolment=str(enrolment_id))
        return reader.certificates.get(enrolment.certificate_id)
