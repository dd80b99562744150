"""The one `issue`: from a decided plan to a stored certificate. Every certificate is issued here.

- `draft`: the TBSCertificate is built once, signed with a throwaway key, and linted
- store intent: transaction 1 reserves the serial number, and stores and audits the intent
- `sign_intents`: the key backend signs the bytes that were linted; no transaction is open
- store certificate: transaction 2 stores certificate, audit event, and outbox job; the requester gets a response after
  its commit

Issuances at the same time share both transactions (`kernel.issuance_batches`). Those of a remote key backend share them
by key backend and key type, so that a slow key backend delays no other.

The scheduler finishes an intent that its process did not conclude, after its deadline (`reconcile`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import partial
from uuid import UUID

from pki_manager.authority.certificates.draft import draft
from pki_manager.authority.certificates.sign_intents import sign_intents
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.directory import Stale
from pki_manager.authority.kernel.recovery import require_issuing
from pki_manager.authority.signing.activation import queue_status, record_created
from pki_manager.authority.signing.issuance import (
    Intended,
    IssueOrder,
    SignedCertificate,
    advance,
    advance_all,
    get_result,
    list_completed,
)
from pki_manager.domain.ca import CaState
from pki_manager.domain.certificate import Certificate, format_serial
from pki_manager.domain.enrollment import EnrollmentState
from pki_manager.domain.errors import Conflict, InFlight, PartUnavailable, StorageUnavailable
from pki_manager.domain.events.audit import Outcome
from pki_manager.domain.events.certificates import CertificateIssued, IssueIntended, SignatureDiscarded
from pki_manager.domain.plan import read_field_values
from pki_manager.policy import decide
from pki_manager.policy.reasons import build_policy_refused, build_refusal
from pki_manager.ports.unit_of_work import UnitOfWork, Units


def issue(ctx: Context, order: IssueOrder) -> Certificate:
    """Issue the certificate of a plan.

    Raises LintRefused before a CA key is used; Stale if the order was decided by an outdated revision of the CA
    directory cache; Conflict if the CA is no longer active, or in the recovery state; BackendUnavailable or
    StorageUnavailable if that component is unavailable; Fault if the key backend returned a wrong signature, which also
    suspends the CA.
    """
    require_issuing(ctx, order.actor)
    key = order.issuer.key
    waits_for = key.kind if ctx.ports.signers.is_remote(key.backend) else None
    return ctx.state.issuances.join(order, partial(_issue_all, ctx), waits_for=waits_for)


def issue_batch(ctx: Context, orders: Sequence[IssueOrder]) -> Sequence[Certificate | Exception]:
    """Issue several certificates in one batch. Return the certificate, or the error of `issue`, for each.

    Raises StorageUnavailable for all of them, and Conflict in the recovery state.
    """
    for order in orders:
        require_issuing(ctx, order.actor)
    return _issue_all(ctx, orders) if orders else []


def conclude(ctx: Context, intent: Intended) -> Certificate:
    """Sign a stored intent and store the certificate.

    If signing fails, the serial number is burned. Errors as `issue`.
    """
    (outcome,) = _conclude_all(ctx, [intent])
    return get_result(outcome)


def _issue_all(ctx: Context, orders: Sequence[IssueOrder]) -> list[Certificate | Exception]:
    drafted = advance_all(orders, partial(draft, ctx))
    intended = _store_intents(ctx, orders, drafted)
    return _conclude_all(ctx, intended)


def _conclude_all(ctx: Context, intents: Sequence[Intended | Exception]) -> list[Certificate | Exception]:
    signed = sign_intents(ctx, intents)
    return _store_certificates(ctx, signed)


def _store_intents(
    ctx: Context, orders: Sequence[IssueOrder], drafted: Sequence[Intended | Exception]
) -> list[Intended | Exception]:
    """Store the intents (transaction 1). From here on, each serial number is accounted for in every case.

    Raises StorageUnavailable if another session blocks the database, so that the next batch does not wait as well.
    """
    intended = ctx.ports.storage.run_units(
        lambda units: [
            advance(intent, partial(_store_intent, units, order)) for order, intent in zip(orders, drafted, strict=True)
        ]
    )
    if not list_completed(intended):
        for error in intended:
            if isinstance(error, StorageUnavailable) and error.held:
                raise error
    return intended


def _store_intent(units: Units, order: IssueOrder, intent: Intended) -> Intended:
    enrollment = intent.enrollment
    with units.begin(intent.actor) as uow:
        # A change of the directory is waited for before this unit locks anything else.
        if order.revision is None:
            uow.meta.lock_directory()
        elif not uow.meta.is_directory_at(order.revision):
            raise Stale
        uow.meta.advance_clock(enrollment.changed_at)
        if order.claim is not None:
            uow.idempotency.claim(intent.actor.id, order.claim, enrollment.id, enrollment.changed_at)
        if order.in_same_transaction is not None:
            order.in_same_transaction(uow)
        if order.revision is None:
            _require_able(uow, order)
        if order.request is None:
            uow.enrollments.add(enrollment)
        elif not uow.requests.begin(enrollment):
            raise InFlight("The request is being issued already, or was changed. Reload it.", retry_after=1)
        uow.record(
            IssueIntended(
                object_id=str(enrollment.id),
                ca=str(enrollment.ca_id),
                profile=f"{order.plan.profile}:{order.plan.profile_version}",
                subject=str(order.plan.subject),
                serial_number=format_serial(enrollment.begun().serial),
                plan_sha256=enrollment.plan_sha256.hex(),
                tbs_sha256=hashlib.sha256(intent.prepared.tbs).hexdigest(),
                rules=order.rules,
            )
        )
    return intent


def _require_able(uow: UnitOfWork, order: IssueOrder) -> None:
    """Raise an error if the CA was stopped, its key changed, or the key was blocked since policy decided.

    Raises Conflict for the CA and its key; PolicyRefused for a blocked key.
    """
    issuer = order.issuer
    state = uow.cas.get(issuer.ca.id).state
    if state not in decide.list_able_states(issuer, order.profile):
        raise Conflict(f"CA {issuer.ca.name!r} is {state} and cannot issue certificates.")
    if uow.issuer_keys.get(issuer.key.id).state is not issuer.key.state:
        raise Conflict(f"The key of CA {issuer.ca.name!r} was changed. Send the request again.")
    if uow.known_keys.find_blocked(hashlib.sha256(order.plan.spki_der).digest()) is not None:
        raise build_policy_refused((build_refusal("key", "key.blocked", "must not be a blocked key"),))


def _store_certificates(ctx: Context, signed: Sequence[SignedCertificate | Exception]) -> list[Certificate | Exception]:
    """Store certificates, audit events, and outbox jobs (transaction 2)."""
    ready = list_completed(signed)
    if not ready:
        return [stage for stage in signed if isinstance(stage, Exception)]
    enrollment_ids = [stage.intent.enrollment.id for stage in ready]
    stored = ctx.ports.storage.run_units(
        lambda units: advance_all(signed, partial(_store_certificate, ctx, units, enrollment_ids))
    )
    for stage, outcome in zip(signed, stored, strict=True):
        if isinstance(stage, SignedCertificate) and isinstance(outcome, Certificate):
            ctx.state.issued.add(stage.intent.kind)
    return stored


def _store_certificate(
    ctx: Context, units: Units, enrollment_ids: Sequence[UUID], signed: SignedCertificate
) -> Certificate | Exception:
    """Store a certificate and return it.

    If its intent was concluded elsewhere or is too old, discard the signature, with an audit event.
    """
    now = ctx.ports.clock.now()
    enrollment, certificate = signed.intent.enrollment, signed.certificate
    late = now > enrollment.begun().deadline
    with units.begin(signed.intent.actor) as uow:
        uow.enrollments.hold(enrollment.id, enrollment_ids)
        if late or not uow.enrollments.settle(enrollment.id, EnrollmentState.ISSUED, now, certificate.id, None):
            uow.record(
                SignatureDiscarded(
                    object_id=str(enrollment.id),
                    outcome=Outcome.FAILED,
                    reason="after the deadline" if late else "already settled",
                    serial_number=format_serial(certificate.serial),
                    kms=signed.operation,
                )
            )
            return _too_late()
        _add(ctx, uow, signed)
    return certificate


def _add(ctx: Context, uow: UnitOfWork, signed: SignedCertificate) -> None:
    certificate = signed.certificate
    uow.certificates.add_reserved(certificate)
    uow.jobs.publish_status(certificate.issuer_key_id, certificate.serial, is_new=True)
    uow.record(
        CertificateIssued(
            object_id=str(certificate.id),
            request=str(signed.intent.enrollment.id),
            ca=str(certificate.ca_id),
            serial_number=format_serial(certificate.serial),
            fingerprint_sha256=certificate.fingerprint_sha256.hex(),
            fields=tuple(f"{one.name}={one.value}" for one in read_field_values(signed.intent.enrollment.plan_json)),
            kms=signed.operation,
        )
    )
    if certificate.subject_key_id is not None:
        _activate(ctx, uow, certificate, certificate.subject_key_id)


def _too_late() -> PartUnavailable:
    late = PartUnavailable("The signature came too late and was discarded.", retry_after=5)
    late.audited = True
    return late


def _activate(ctx: Context, uow: UnitOfWork, certificate: Certificate, subject_key_id: UUID) -> None:
    """Make the CA of a CA certificate active if it is pending. Queue its CRL, OCSP signer, and publication."""
    key = uow.issuer_keys.get(subject_key_id)
    ca = uow.cas.get(key.ca_id)
    if ca.state is CaState.PENDING:
        uow.cas.set_state(ca.id, CaState.ACTIVE, certificate.validity)
        record_created(uow, ca, key.id, certificate)
    queue_status(uow, key.id, ctx.ports.clock.now())
