"""The one `issue`: from a plan to a stored certificate. Every certificate of this product comes through here.

    tx 1   reserve the serial number; TBS built once, signed with a throwaway key, linted; intent and audit; commit
    sign   the backend signs the very bytes that were linted; no transaction open; signature verified
    tx 2   certificate, audit, outbox; commit; only then does anybody get an answer

An intent that is not concluded by its process is settled by the scheduler, after its deadline (`settle.py`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from pki_manager.authority import revocations
from pki_manager.authority.context import Authority
from pki_manager.authority.directory import Stale
from pki_manager.authority.key_states import retire
from pki_manager.authority.lint_gate import certificate_lint
from pki_manager.authority.serials import new_serial
from pki_manager.authority.signing import Signed, sign
from pki_manager.domain.actor import Actor
from pki_manager.domain.algorithms import signature_algorithm
from pki_manager.domain.audit import Outcome
from pki_manager.domain.authority import CaState, Issuer, KeyState
from pki_manager.domain.ca_events import CaCreated, CaSuspended
from pki_manager.domain.certificate import Certificate, CertificateKind, Validity, serial_hex
from pki_manager.domain.certificate_events import CertificateIssued, IssueFailed, IssueIntended, SignatureDiscarded
from pki_manager.domain.enrolment import Enrolment, EnrolmentState, Intent
from pki_manager.domain.errors import Conflict, Fault, InFlight, PartUnavailable, PkiError
from pki_manager.domain.jobs import JobKind, NewJob
from pki_manager.domain.plan import CertificatePlan
from pki_manager.domain.profile import Profile
from pki_manager.domain.revocation import Revocation, RevocationReason
from pki_manager.policy import decide
from pki_manager.policy import validity as validity_policy
from pki_manager.policy.reasons import refusal, refused
from pki_manager.ports.signer import KeyRef
from pki_manager.ports.unit_of_work import Claim, UnitOfWork
from pki_manager.x509 import assemble, parse, verify
from pki_manager.x509.prepare import Prepared, prepare_certificate


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueOrder:
    """A decided plan and who signs it.

    `revision` is that of the directory where issuer and profile come from it (`directory.View`). `accompany` adds rows
    to the first transaction (a new CA and its key); `renews` is the certificate before this one. `request` is the one
    in the queue that comes to its end here, by the approval rules of `rules`.
    """

    enrolment_id: UUID
    plan: CertificatePlan
    profile: Profile
    issuer: Issuer
    revision: int | None = None
    claim: Claim | None = None
    accompany: Callable[[UnitOfWork], None] | None = None
    renews: UUID | None = None
    request: Enrolment | None = None
    rules: tuple[str, ...] = ()


def issue(authority: Authority, actor: Actor, order: IssueOrder) -> Certificate:
    """Issue what the plan says.

    LintRefused before any key is used; Stale when the order's revision of the directory is no longer the newest;
    Conflict when the CA stopped being active; BackendUnavailable or StorageUnavailable when a part is away; Fault, and
    a suspended CA, when the backend's signature is wrong.
    """
    # Nothing is begun, and no serial number burned, for a backend that is known to be away.
    authority.signers.get(order.issuer.key.backend)
    now = authority.clock.now()
    validity = validity_policy.settle(order.plan.validity, order.profile.validity, order.issuer, now)
    serial = new_serial(authority.entropy)
    prepared = prepare_certificate(
        order.plan, order.issuer, validity, serial, lint=certificate_lint(order.profile, order.issuer)
    )
    enrolment = _intend(authority, actor, order, serial, prepared)
    return finish(authority, actor, order.issuer, enrolment, prepared)


def finish(authority: Authority, actor: Actor, issuer: Issuer, enrolment: Enrolment, prepared: Prepared) -> Certificate:
    """Sign an intent and store what comes of it; a failure burns the serial number. Also used to settle."""
    try:
        signed, der = _sign(authority, issuer, prepared)
        certificate = record_of(authority, issuer, enrolment, der)
    except PkiError as error:
        burn(authority, actor, issuer, enrolment, error)
        error.audited = True
        raise
    with authority.storage.begin(actor) as uow:
        stored = _conclude(authority, uow, enrolment, certificate, signed)
    if not stored:
        late = PartUnavailable("the signature came too late and was discarded", retry_after=5)
        late.audited = True
        raise late
    return certificate


def _intend(authority: Authority, actor: Actor, order: IssueOrder, serial: int, prepared: Prepared) -> Enrolment:
    """Transaction 1: from here on the serial number is accounted for, whatever happens."""
    enrolment = _enrolment(authority, actor, order, serial, prepared)
    plan = order.plan
    with authority.storage.begin(actor) as uow:
        uow.meta.advance_clock(enrolment.changed_at)
        if order.claim is not None:
            uow.idempotency.claim(actor.id, order.claim, enrolment.id, enrolment.changed_at)
        if order.accompany is not None:
            order.accompany(uow)
        _require_able(uow, order)
        if order.request is None:
            uow.enrolments.add(enrolment)
        elif not uow.requests.begin(enrolment):
            raise InFlight("the request is being issued already, or has changed", retry_after=1)
        uow.record(
            IssueIntended(
                object_id=str(enrolment.id),
                ca=str(enrolment.ca_id),
                profile=f"{plan.profile}:{plan.profile_version}",
                subject=str(plan.subject),
                serial_number=serial_hex(serial),
                plan_sha256=enrolment.plan_sha256.hex(),
                tbs_sha256=hashlib.sha256(prepared.tbs).hexdigest(),
                rules=order.rules,
            )
        )
    return enrolment


def _enrolment(authority: Authority, actor: Actor, order: IssueOrder, serial: int, prepared: Prepared) -> Enrolment:
    """A new one, or that of the queue: its hash stays the one that was approved, also where the key came later."""
    now = authority.clock.now()
    plan_json = order.plan.canonical()
    intent = Intent(
        serial=serial,
        issuer_key_id=order.issuer.key.id,
        tbs_der=prepared.tbs,
        signature_algorithm=prepared.algorithm.name,
        lint_version=prepared.lint_version,
        node=authority.config.node,
        deadline=now + authority.config.signing_deadline,
    )
    if order.request is not None:
        return replace(
            order.request, state=EnrolmentState.ISSUING, plan_json=plan_json, changed_at=now, intent=intent, reason=None
        )
    return Enrolment(
        id=order.enrolment_id,
        state=EnrolmentState.ISSUING,
        ca_id=order.issuer.ca.id,
        profile=order.plan.profile,
        profile_version=order.plan.profile_version,
        plan_json=plan_json,
        plan_sha256=hashlib.sha256(plan_json).digest(),
        requested_by=actor.id,
        via=actor.via,
        owner_id=actor.owner,
        team_id=actor.team_id,
        created_at=now,
        changed_at=now,
        renews=order.renews,
        intent=intent,
    )


def _require_able(uow: UnitOfWork, order: IssueOrder) -> None:
    """Once more inside the transaction: policy judged a moment ago; a CA may be stopped, a key blocked since.

    The directory's revision covers both.
    """
    if order.revision is not None:
        if uow.meta.directory_revision() != order.revision:
            raise Stale
        return
    issuer = order.issuer
    state = uow.cas.get(issuer.ca.id).state
    if state not in decide.able_states(issuer, order.profile):
        raise Conflict(f"certificate authority {issuer.ca.name!r} is {state} and does not issue")
    if uow.issuer_keys.get(issuer.key.id).state is not issuer.key.state:
        raise Conflict(f"certificate authority {issuer.ca.name!r} has got another key a moment ago")
    if uow.known_keys.find_blocked(hashlib.sha256(order.plan.spki_der).digest()) is not None:
        raise refused((refusal("key", "key.blocked", "the key was blocked a moment ago"),))


def _sign(authority: Authority, issuer: Issuer, prepared: Prepared) -> tuple[Signed, bytes]:
    """The real signature over exactly the bytes that were linted, and the certificate around both."""
    tbs = prepared.take(issuer.key.id)
    ref = KeyRef(issuer.key.backend, issuer.key.backend_key_id)
    signed = sign(authority, ref, issuer.key.spki_der, tbs, prepared.algorithm)
    der = assemble.signed(tbs, prepared.algorithm, signed.signature)
    verify.same_tbs(der, tbs)
    return signed, der


def record_of(authority: Authority, issuer: Issuer, enrolment: Enrolment, der: bytes) -> Certificate:
    """The certificate as we keep it, read back from the bytes that were signed."""
    facts = parse.own_certificate(der)
    intent = _intent(enrolment)
    subject_key_id, kind = None, CertificateKind.END_ENTITY
    if facts.is_ca:
        with authority.storage.read() as reader:
            subject_key = reader.issuer_keys.find_by_spki(facts.key.spki_sha256)
        kind = CertificateKind(json.loads(enrolment.plan_json)["kind"])
        if subject_key is None and kind is not CertificateKind.CROSS:
            raise Fault("a CA certificate for a key that is not ours", enrolment=str(enrolment.id))
        subject_key_id = subject_key.id if subject_key else None
    return Certificate(
        id=authority.new_id(),
        ca_id=issuer.ca.id,
        issuer_key_id=issuer.key.id,
        subject_key_id=subject_key_id,
        kind=kind,
        profile=enrolment.profile,
        profile_version=enrolment.profile_version,
        serial=facts.serial,
        issuer_name_sha256=hashlib.sha256(facts.issuer_der).digest(),
        subject=str(facts.subject),
        sans=facts.sans,
        validity=Validity(facts.validity.not_before, facts.validity.not_after),
        key_type=facts.key.name or facts.key.description,
        spki_sha256=facts.key.spki_sha256,
        fingerprint_sha256=hashlib.sha256(der).digest(),
        der=der,
        requested_by=enrolment.requested_by,
        owner_id=enrolment.owner_id,
        team_id=enrolment.team_id,
        renews=enrolment.renews,
        plan_sha256=enrolment.plan_sha256,
        ignored_extensions=tuple(json.loads(enrolment.plan_json).get("ignored_extensions", ())),
        lint_version=intent.lint_version,
        created_at=authority.clock.now(),
    )


def _conclude(
    authority: Authority, uow: UnitOfWork, enrolment: Enrolment, certificate: Certificate, signed: Signed
) -> bool:
    """Transaction 2. False when the intent is no longer ours: a late signature is discarded and audited."""
    now = authority.clock.now()
    serial = serial_hex(certificate.serial)
    late = now > _intent(enrolment).deadline
    if late or not uow.enrolments.settle(enrolment.id, EnrolmentState.ISSUED, now, certificate.id, None):
        uow.record(
            SignatureDiscarded(
                object_id=str(enrolment.id),
                outcome=Outcome.FAILED,
                reason="after the deadline" if late else "already settled",
                serial_number=serial,
                kms=signed.operation,
            )
        )
        return False
    uow.certificates.add(certificate)
    uow.jobs.publish_status(certificate.issuer_key_id, certificate.serial)
    uow.record(
        CertificateIssued(
            object_id=str(certificate.id),
            request=str(enrolment.id),
            ca=str(certificate.ca_id),
            serial_number=serial,
            fingerprint_sha256=certificate.fingerprint_sha256.hex(),
            kms=signed.operation,
        )
    )
    if certificate.subject_key_id is not None:
        _activate(authority, uow, certificate)
    return True


def _activate(authority: Authority, uow: UnitOfWork, certificate: Certificate) -> None:
    """A CA certificate makes its CA able to act: first CRL, OCSP signer and published certificate follow."""
    now = authority.clock.now()
    key = uow.issuer_keys.get(certificate.subject_key_id) if certificate.subject_key_id else None
    if key is None:
        return
    ca = uow.cas.get(key.ca_id)
    if ca.state is CaState.PENDING:
        uow.cas.set_state(ca.id, CaState.ACTIVE, certificate.validity)
        uow.record(
            CaCreated(
                object_id=str(ca.id),
                name=ca.name,
                subject=str(ca.subject),
                key_id=str(key.id),
                certificate_id=str(certificate.id),
            )
        )
    for kind in (JobKind.PUBLISH_CA_CERTIFICATE, JobKind.RENEW_OCSP_SIGNER, JobKind.PUBLISH_CRL):
        uow.jobs.enqueue(NewJob(kind, {"issuer_key": str(key.id)}, coalesce=f"{kind}:{key.id}"), now)


def burn(authority: Authority, actor: Actor, issuer: Issuer, enrolment: Enrolment, error: PkiError) -> None:
    """Give up an intent: its serial number will never be delivered and is listed revoked, for a signature may exist."""
    now = authority.clock.now()
    intent = _intent(enrolment)
    with authority.storage.begin(actor) as uow:
        if not _give_up(uow, enrolment, error, now):
            uow.record(
                SignatureDiscarded(
                    object_id=str(enrolment.id),
                    outcome=Outcome.FAILED,
                    reason=error.code,
                    serial_number=serial_hex(intent.serial),
                )
            )
            return
        revocations.add(
            uow,
            Revocation(
                issuer_key_id=intent.issuer_key_id,
                serial=intent.serial,
                certificate_id=None,
                reason=RevocationReason.UNSPECIFIED,
                time=now,
                invalidity_date=None,
                not_after=parse.tbs_not_after(intent.tbs_der),
            ),
            now,
        )
        key = str(intent.issuer_key_id)
        uow.jobs.enqueue(NewJob(JobKind.PUBLISH_CRL, {"issuer_key": key}, coalesce=f"{JobKind.PUBLISH_CRL}:{key}"), now)
        _abandon_ca(uow, enrolment)
        if not enrolment.queued:
            uow.idempotency.release(enrolment.id)
        uow.record(
            IssueFailed(
                object_id=str(enrolment.id),
                outcome=Outcome.FAILED,
                reason=error.code,
                ca=str(issuer.ca.id),
                serial_number=serial_hex(intent.serial),
            )
        )
        if isinstance(error, Fault):
            _suspend(uow, issuer)


def _give_up(uow: UnitOfWork, enrolment: Enrolment, error: PkiError, now: datetime) -> bool:
    """Out of `issuing`; False when it is settled already. What is in the queue waits for a part that is away."""
    if enrolment.queued and isinstance(error, PartUnavailable):
        return uow.requests.give_back(enrolment.id, now, error.detail)
    return uow.enrolments.settle(enrolment.id, EnrolmentState.FAILED, now, None, error.detail)


def _abandon_ca(uow: UnitOfWork, enrolment: Enrolment) -> None:
    """A CA whose first certificate came to nothing must not keep its name, and a next key without one is none."""
    subject_key = uow.issuer_keys.find_by_spki(bytes.fromhex(json.loads(enrolment.plan_json)["spki_sha256"]))
    if subject_key is None or uow.certificates.of_subject_key(subject_key.id):
        return
    if uow.cas.get(subject_key.ca_id).state is CaState.PENDING:
        uow.cas.abandon(subject_key.ca_id)
    elif subject_key.state is KeyState.NEXT:
        retire(uow, subject_key, "it could not be certified")


def _suspend(uow: UnitOfWork, issuer: Issuer) -> None:
    """A backend that returns wrong signatures must not be used again until a person has looked."""
    if uow.cas.get(issuer.ca.id).state is CaState.ACTIVE:
        uow.cas.set_state(issuer.ca.id, CaState.SUSPENDED)
        uow.record(CaSuspended(object_id=str(issuer.ca.id), reason="the key backend returned a wrong signature"))


def _intent(enrolment: Enrolment) -> Intent:
    if enrolment.intent is None:
        raise Fault("an enrolment in issuing without an intent", enrolment=str(enrolment.id))
    return enrolment.intent


def resume(enrolment: Enrolment) -> Prepared:
    """The stored intent as something that can be signed: the bytes were linted before they were stored."""
    intent = _intent(enrolment)
    return Prepared.resume(
        tbs=intent.tbs_der,
        algorithm=signature_algorithm(intent.signature_algorithm),
        issuer_key_id=intent.issuer_key_id,
        lint_version=intent.lint_version,
    )
