"""The end of an issuance that failed after its intent was stored: its serial number is burned."""

from __future__ import annotations

import json
from datetime import datetime

from pki_manager.authority.kernel.context import Context
from pki_manager.authority.signing import revocations
from pki_manager.authority.signing.key_states import retire
from pki_manager.domain.ca import CaState, Issuer, KeyState
from pki_manager.domain.certificate import format_serial
from pki_manager.domain.enrollment import Enrollment, EnrollmentState, Intent
from pki_manager.domain.errors import Fault, PartUnavailable, PkiError
from pki_manager.domain.events.audit import Outcome
from pki_manager.domain.events.cas import CaSuspended
from pki_manager.domain.events.certificates import IssueFailed, SignatureDiscarded
from pki_manager.domain.jobs import JobKind, NewJob
from pki_manager.domain.revocation import Revocation, RevocationReason
from pki_manager.domain.rights.actor import Actor
from pki_manager.ports.unit_of_work import UnitOfWork
from pki_manager.x509 import parse


def burn_serial(ctx: Context, actor: Actor, issuer: Issuer, enrolment: Enrollment, error: PkiError) -> None:
    """Give up an issuance intent and burn its serial number.

    The number is never issued and is listed as revoked, because a signature with it may exist.
    """
    now = ctx.ports.clock.now()
    intent = enrolment.begun()
    with ctx.ports.storage.begin(actor) as uow:
        if not _give_up(uow, enrolment, error, now):
            uow.record(
                SignatureDiscarded(
                    object_id=str(enrolment.id),
                    outcome=Outcome.FAILED,
                    reason=error.code,
                    serial_number=format_serial(intent.serial),
                )
            )
            return
        _list_revoked(uow, intent, now)
        _abandon_ca(uow, enrolment)
        if not enrolment.queued:
            uow.idempotency.release(enrolment.id)
        uow.record(
            IssueFailed(
                object_id=str(enrolment.id),
                outcome=Outcome.FAILED,
                reason=error.code,
                ca=str(issuer.ca.id),
                serial_number=format_serial(intent.serial),
            )
        )
        if isinstance(error, Fault):
            _suspend(uow, issuer)


def _list_revoked(uow: UnitOfWork, intent: Intent, now: datetime) -> None:
    """Store a revocation of the serial number without a certificate, and queue the next CRL."""
    revocation = Revocation(
        issuer_key_id=intent.issuer_key_id,
        serial=intent.serial,
        certificate_id=None,
        reason=RevocationReason.UNSPECIFIED,
        time=now,
        invalidity_date=None,
        not_after=parse.parse_tbs_not_after(intent.tbs_der),
    )
    revocations.add(uow, revocation, now)
    key = str(intent.issuer_key_id)
    uow.jobs.enqueue(NewJob(JobKind.PUBLISH_CRL, {"issuer_key": key}, coalesce=f"{JobKind.PUBLISH_CRL}:{key}"), now)


def _give_up(uow: UnitOfWork, enrolment: Enrollment, error: PkiError, now: datetime) -> bool:
    """End the state `issuing`. Returns False if the intent is already reconciled.

    If a component is unavailable, a request in the queue waits for it; any other enrollment fails.
    """
    if enrolment.queued and isinstance(error, PartUnavailable):
        return uow.requests.give_back(enrolment.id, now, error.detail)
    return uow.enrollments.settle(enrolment.id, EnrollmentState.FAILED, now, None, error.detail)


def _abandon_ca(uow: UnitOfWork, enrolment: Enrollment) -> None:
    """Delete a CA that got no first certificate, so that its name is free; retire a next key without a certificate."""
    subject_key = uow.issuer_keys.find_by_spki(bytes.fromhex(json.loads(enrolment.plan_json)["spki_sha256"]))
    if subject_key is None or uow.certificates.list_by_subject_key(subject_key.id):
        return
    uow.meta.lock_directory()
    subject_key = uow.issuer_keys.get(subject_key.id)
    if uow.cas.get(subject_key.ca_id).state is CaState.PENDING:
        uow.cas.abandon(subject_key.ca_id)
    elif subject_key.state is KeyState.NEXT:
        retire(uow, subject_key, "it could not be certified")


def _suspend(uow: UnitOfWork, issuer: Issuer) -> None:
    """Suspend the CA: a backend that returned a wrong signature must not be used before a person has checked it."""
    uow.meta.lock_directory()
    if uow.cas.get(issuer.ca.id).state is CaState.ACTIVE:
        uow.cas.set_state(issuer.ca.id, CaState.SUSPENDED)
        uow.record(CaSuspended(object_id=str(issuer.ca.id), reason="The key backend returned a wrong signature."))
