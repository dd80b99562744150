"""The one `issue`: from a plan to a stored certificate. Every certificate of this product comes through here.

    tx 1   reserve the serial number; TBS built once, signed with a throwaway key, linted; intent and audit; commit
    sign   the backend signs the very bytes that were linted; no transaction open; signature verified
    tx 2   certificate, audit, outbox; commit; only then does anybody get an answer

Several that come at once share both transactions (`rounds.py`). Those whose backend signs elsewhere come together by
backend and type of key, and its signatures are asked for in one exchange or at the same time: one that is away or slow
makes nobody else wait.

An intent that is not concluded by its process is settled by the scheduler, after its deadline (`settle.py`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from pki_manager.authority.certificates.burn_serial import burn_serial
from pki_manager.authority.certificates.predecessors import belongs_to
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.directory import Stale
from pki_manager.authority.signing.activation import queue_status, record_created
from pki_manager.authority.signing.issuance import Intended, Issuance, IssueOrder, present
from pki_manager.authority.signing.lint_gate import certificate_lint
from pki_manager.authority.signing.serials import new_serial
from pki_manager.authority.signing.sign import Signed, ToSign, sign, sign_together
from pki_manager.domain.algorithms import key_type, signature_algorithm
from pki_manager.domain.ca import CaState, Issuer
from pki_manager.domain.certificate import Certificate, CertificateKind, Validity, serial_hex
from pki_manager.domain.enrollment import Enrollment, EnrollmentState, Intent
from pki_manager.domain.errors import (
    BackendUnavailable,
    Conflict,
    Fault,
    InFlight,
    PartUnavailable,
    PkiError,
    StorageUnavailable,
)
from pki_manager.domain.events.audit import KeyOperation, Outcome
from pki_manager.domain.events.certificates import CertificateIssued, IssueIntended, SignatureDiscarded
from pki_manager.domain.rights.actor import Actor
from pki_manager.policy import decide
from pki_manager.policy import validity as validity_policy
from pki_manager.policy.reasons import refusal, refused
from pki_manager.ports.signer import KeyRef
from pki_manager.ports.unit_of_work import UnitOfWork
from pki_manager.x509 import assemble, parse, verify
from pki_manager.x509.prepare import Prepared, prepare_certificate


def issue(ctx: Context, actor: Actor, order: IssueOrder) -> Certificate:
    """Issue what the plan says.

    LintRefused before any key is used; Stale when the order's revision of the directory is no longer the newest;
    Conflict when the CA stopped being active; BackendUnavailable or StorageUnavailable when a part is away; Fault, and
    a suspended CA, when the backend's signature is wrong.
    """
    issuance = Issuance(actor, order.issuer, order)
    key = order.issuer.key
    waits_for = key.kind if ctx.signers.waits(key.backend) else None
    ctx.issuances.join(issuance, partial(_issue, ctx), waits_for=waits_for)
    return issuance.result()


def issue_together(ctx: Context, orders: Sequence[tuple[Actor, IssueOrder]]) -> Sequence[Certificate | Exception]:
    """Several in one round: each one's certificate, or what `issue` would have raised.

    StorageUnavailable for all of them.
    """
    issuances = [Issuance(actor, order.issuer, order) for actor, order in orders]
    if issuances:
        _issue(ctx, issuances)
    return [issuance.error or present(issuance.certificate) for issuance in issuances]


def finish(ctx: Context, actor: Actor, issuer: Issuer, enrolment: Enrollment, prepared: Prepared) -> Certificate:
    """Sign a stored intent and store what comes of it; a failure burns the serial number."""
    issuance = Issuance(actor, issuer, intended=Intended(enrolment, prepared))
    _finish(ctx, [issuance])
    return issuance.result()


def _issue(ctx: Context, issuances: Sequence[Issuance]) -> None:
    """Several at once: each has its own end, and both their transactions are shared. StorageUnavailable for all."""
    for issuance in issuances:
        with issuance.step():
            order = present(issuance.order)
            # Nothing is begun, and no serial number burned, for a backend that is known to be away.
            ctx.signers.get(order.issuer.key.backend)
            issuance.intended = _prepare(ctx, issuance.actor, order)
    with ctx.storage.together() as units:
        for issuance in _going(issuances):
            with issuance.step(), units.begin(issuance.actor) as uow:
                _intend(uow, issuance)
    if not _going(issuances):
        _require_not_held(issuances)
    _finish(ctx, _going(issuances))


def _require_not_held(issuances: Sequence[Issuance]) -> None:
    """Raised for the whole round, so that who queues behind it does not wait for the database as well."""
    for issuance in issuances:
        if isinstance(issuance.error, StorageUnavailable) and issuance.error.held:
            raise issuance.error


def _going(issuances: Sequence[Issuance]) -> list[Issuance]:
    return [issuance for issuance in issuances if issuance.error is None]


def _finish(ctx: Context, issuances: Sequence[Issuance]) -> None:
    operations = _make_all(ctx, issuances)
    made = [(issuance, operation) for issuance, operation in zip(issuances, operations, strict=True) if operation]
    enrollments = [present(issuance.intended).enrolment.id for issuance, _ in made]
    is_held = False
    with ctx.storage.together() as units:
        for issuance, operation in made:
            with issuance.step(), units.begin(issuance.actor) as uow:
                if not is_held:
                    uow.enrollments.hold(enrollments)
                _conclude(ctx, uow, issuance, operation)
            is_held = issuance.error is None
    for issuance in _going(issuances):
        ctx.issued.add(issuance.kind())


def _prepare(ctx: Context, actor: Actor, order: IssueOrder) -> Intended:
    """Built, linted, and ready to be intended."""
    now = ctx.clock.now()
    validity = validity_policy.settle(order.plan.validity, order.profile.validity, order.issuer, now)
    serial = new_serial(ctx.entropy)
    prepared = prepare_certificate(
        order.plan, order.issuer, validity, serial, lint=certificate_lint(order.profile, order.issuer)
    )
    return Intended(_enrollment(ctx, actor, order, serial, prepared), prepared)


def _make_all(ctx: Context, issuances: Sequence[Issuance]) -> Sequence[KeyOperation | None]:
    """By backend and type of key, for those are what signatures are waited for together."""
    groups: dict[tuple[str, str], list[int]] = {}
    for number, issuance in enumerate(issuances):
        groups.setdefault(issuance.issuer.key.kind, []).append(number)
    made: dict[int, KeyOperation | None] = {}
    for numbers in groups.values():
        operations = _make_group(ctx, [issuances[number] for number in numbers])
        made.update(zip(numbers, operations, strict=True))
    return [made[number] for number in range(len(issuances))]


def _make_group(ctx: Context, issuances: Sequence[Issuance]) -> Sequence[KeyOperation | None]:
    """One after the other where they are made here; else in one exchange, or each in its own at the same time."""
    alone, key = partial(_make_alone, ctx), issuances[0].issuer.key
    if len(issuances) == 1 or not ctx.signers.waits(key.backend):
        return [alone(issuance) for issuance in issuances]
    try:
        signer = ctx.signers.batching(key.backend, key_type(key.key_type))
    except BackendUnavailable:
        signer = None  # each finds that out for itself, and burns its serial number
    if signer is None:
        return ctx.issuances.at_once(key.kind, alone, issuances)
    wanted = [_to_sign(issuance) for issuance in issuances]
    came = sign_together(ctx, signer, wanted)
    return [
        _make(ctx, issuance, one, partial(_or_raise, signed))
        for issuance, one, signed in zip(issuances, wanted, came, strict=True)
    ]


def _or_raise(came: Signed | Exception) -> Signed:
    if isinstance(came, Exception):
        raise came
    return came


def _to_sign(issuance: Issuance) -> ToSign:
    """Exactly the bytes that were linted."""
    key, prepared = issuance.issuer.key, present(issuance.intended).prepared
    ref = KeyRef(key.backend, key.backend_key_id)
    return ToSign(ref, key.spki_der, prepared.take(key.id), prepared.algorithm, issuance.request_id)


def _make_alone(ctx: Context, issuance: Issuance) -> KeyOperation | None:
    one = _to_sign(issuance)
    return _make(ctx, issuance, one, partial(sign, ctx, one.ref, one.spki_der, one.tbs, one.algorithm))


def _make(ctx: Context, issuance: Issuance, wanted: ToSign, signature: Callable[[], Signed]) -> KeyOperation | None:
    """The certificate, signed and read back; None where that failed, and the serial number is burned."""
    with issuance.step():
        enrolment = present(issuance.intended).enrolment
        try:
            signed = signature()
            der = assemble.signed(wanted.tbs, wanted.algorithm, signed.signature)
            verify.same_tbs(der, wanted.tbs)
            issuance.certificate = record_of(ctx, issuance, der)
        except PkiError as error:
            burn_serial(ctx, issuance.actor, issuance.issuer, enrolment, error)
            error.audited = True
            raise
        return signed.operation
    return None


def _intend(uow: UnitOfWork, issuance: Issuance) -> None:
    """Transaction 1: from here on the serial number is accounted for, whatever happens."""
    order, intended = present(issuance.order), present(issuance.intended)
    enrolment = intended.enrolment
    # A change of the directory is waited for before this unit locks anything else.
    uow.meta.lock_directory() if order.revision is None else uow.meta.directory_revision()
    uow.meta.advance_clock(enrolment.changed_at)
    if order.claim is not None:
        uow.idempotency.claim(issuance.actor.id, order.claim, enrolment.id, enrolment.changed_at)
    if order.in_same_transaction is not None:
        order.in_same_transaction(uow)
    _require_able(uow, order)
    if order.request is None:
        uow.enrollments.add(enrolment)
    elif not uow.requests.begin(enrolment):
        raise InFlight("the request is being issued already, or has changed", retry_after=1)
    uow.record(
        IssueIntended(
            object_id=str(enrolment.id),
            ca=str(enrolment.ca_id),
            profile=f"{order.plan.profile}:{order.plan.profile_version}",
            subject=str(order.plan.subject),
            serial_number=serial_hex(enrolment.begun().serial),
            plan_sha256=enrolment.plan_sha256.hex(),
            tbs_sha256=hashlib.sha256(intended.prepared.tbs).hexdigest(),
            rules=order.rules,
        )
    )


def _enrollment(ctx: Context, actor: Actor, order: IssueOrder, serial: int, prepared: Prepared) -> Enrollment:
    """A new one, or that of the queue: its hash stays the one that was approved, also where the key came later."""
    now = ctx.clock.now()
    plan_json = order.plan.canonical()
    intent = Intent(
        serial=serial,
        issuer_key_id=order.issuer.key.id,
        tbs_der=prepared.tbs,
        signature_algorithm=prepared.algorithm.name,
        lint_version=prepared.lint_version,
        node=ctx.config.node,
        deadline=now + ctx.config.signing_deadline,
    )
    if order.request is not None:
        return replace(
            order.request,
            state=EnrollmentState.ISSUING,
            plan_json=plan_json,
            changed_at=now,
            intent=intent,
            reason=None,
        )
    return Enrollment(
        id=order.enrolment_id,
        state=EnrollmentState.ISSUING,
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


def record_of(ctx: Context, issuance: Issuance, der: bytes) -> Certificate:
    """The certificate as we keep it, read back from the bytes that were signed."""
    issuer, enrolment = issuance.issuer, present(issuance.intended).enrolment
    facts = parse.own_certificate(der)
    subject_key_id, kind = None, CertificateKind.END_ENTITY
    if facts.is_ca:
        with ctx.storage.read() as reader:
            subject_key = reader.issuer_keys.find_by_spki(facts.key.spki_sha256)
        kind = CertificateKind(json.loads(enrolment.plan_json)["kind"])
        if subject_key is None and kind is not CertificateKind.CROSS:
            raise Fault("a CA certificate for a key that is not ours", enrolment=str(enrolment.id))
        subject_key_id = subject_key.id if subject_key else None
    owner_id, team_id = belongs_to(ctx, enrolment)
    return Certificate(
        id=ctx.new_id(),
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
        owner_id=owner_id,
        team_id=team_id,
        renews=enrolment.renews,
        plan_sha256=enrolment.plan_sha256,
        ignored_extensions=issuance.ignored_extensions(),
        lint_version=enrolment.begun().lint_version,
        created_at=ctx.clock.now(),
    )


def _conclude(ctx: Context, uow: UnitOfWork, issuance: Issuance, operation: KeyOperation) -> None:
    """Transaction 2. Where the intent is no longer ours, a late signature is discarded and audited."""
    now = ctx.clock.now()
    enrolment, certificate = present(issuance.intended).enrolment, present(issuance.certificate)
    serial = serial_hex(certificate.serial)
    late = now > enrolment.begun().deadline
    if late or not uow.enrollments.settle(enrolment.id, EnrollmentState.ISSUED, now, certificate.id, None):
        uow.record(
            SignatureDiscarded(
                object_id=str(enrolment.id),
                outcome=Outcome.FAILED,
                reason="after the deadline" if late else "already settled",
                serial_number=serial,
                kms=operation,
            )
        )
        issuance.error = _too_late()
        return
    uow.certificates.add_reserved(certificate)
    uow.jobs.publish_status(certificate.issuer_key_id, certificate.serial, is_new=True)
    uow.record(
        CertificateIssued(
            object_id=str(certificate.id),
            request=str(enrolment.id),
            ca=str(certificate.ca_id),
            serial_number=serial,
            fingerprint_sha256=certificate.fingerprint_sha256.hex(),
            kms=operation,
        )
    )
    if certificate.subject_key_id is not None:
        _activate(ctx, uow, certificate)


def _too_late() -> PartUnavailable:
    late = PartUnavailable("the signature came too late and was discarded", retry_after=5)
    late.audited = True
    return late


def _activate(ctx: Context, uow: UnitOfWork, certificate: Certificate) -> None:
    """A CA certificate makes its CA able to act: first CRL, OCSP signer and published certificate follow."""
    now = ctx.clock.now()
    key = uow.issuer_keys.get(certificate.subject_key_id) if certificate.subject_key_id else None
    if key is None:
        return
    ca = uow.cas.get(key.ca_id)
    if ca.state is CaState.PENDING:
        uow.cas.set_state(ca.id, CaState.ACTIVE, certificate.validity)
        record_created(uow, ca, key.id, certificate)
    queue_status(uow, key.id, now)


def resume(enrolment: Enrollment) -> Prepared:
    """The stored intent as something that can be signed: the bytes were linted before they were stored."""
    intent = enrolment.begun()
    return Prepared.resume(
        tbs=intent.tbs_der,
        algorithm=signature_algorithm(intent.signature_algorithm),
        issuer_key_id=intent.issuer_key_id,
        lint_version=intent.lint_version,
    )
