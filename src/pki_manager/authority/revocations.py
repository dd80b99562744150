"""What happens to a revocation: recorded, superseded, released. Status and CRL follow through the outbox.

The verbs that do it decide whether it may be done and record their own event; this is the one way to do it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from pki_manager.domain.certificate import Certificate
from pki_manager.domain.errors import Conflict
from pki_manager.domain.jobs import JobKind, NewJob
from pki_manager.domain.revocation import Revocation, RevocationReason
from pki_manager.ports.unit_of_work import UnitOfWork
from pki_manager.x509 import crl

_PAUSE_PER_ENTRY = timedelta(milliseconds=1)
"""Between two CRLs of a key: signing one takes some microseconds an entry, so less than a hundredth of the time."""


def of_certificate(
    certificate: Certificate, reason: RevocationReason, now: datetime, invalidity_date: datetime | None = None
) -> Revocation:
    """The revocation of a certificate as of now."""
    return Revocation(
        issuer_key_id=certificate.issuer_key_id,
        serial=certificate.serial,
        certificate_id=certificate.id,
        reason=reason,
        time=now,
        invalidity_date=invalidity_date,
        not_after=certificate.validity.not_after,
    )


def add(uow: UnitOfWork, revocation: Revocation, now: datetime) -> None:
    """Conflict when the serial number is revoked or held already."""
    uow.revocations.add(revocation, crl.entry(revocation.entry), now)
    _announce(uow, revocation.issuer_key_id, revocation.serial, now)


def supersede(
    uow: UnitOfWork,
    issuer_key_id: UUID,
    serial: int,
    reason: RevocationReason,
    now: datetime,
    invalidity_date: datetime | None = None,
) -> Revocation:
    """Give a revoked or held serial number another reason: Conflict where that cannot be (`Revocation.superseded`)."""
    before = uow.revocations.find(issuer_key_id, serial)
    if before is None:
        raise Conflict("the certificate is not revoked")
    after = before.superseded(reason, invalidity_date)
    uow.revocations.supersede(after, crl.entry(after.entry), now)
    _announce(uow, issuer_key_id, serial, now)
    return after


def release(uow: UnitOfWork, issuer_key_id: UUID, serial: int, now: datetime) -> None:
    """End a hold, as if it had never been. Conflict unless the serial number is on hold."""
    uow.revocations.release(issuer_key_id, serial, now)
    _announce(uow, issuer_key_id, serial, now)


def _announce(uow: UnitOfWork, issuer_key_id: UUID, serial: int, now: datetime) -> None:
    """OCSP at once. CRLs at once too while they are short; a long one is not made again after every revocation."""
    key = {"issuer_key": str(issuer_key_id)}
    uow.jobs.publish_status(issuer_key_id, serial)
    job = NewJob(JobKind.PUBLISH_CRL, key, coalesce=f"{JobKind.PUBLISH_CRL}:{issuer_key_id}")
    uow.jobs.enqueue(job, now, _crl_at(uow, issuer_key_id, now))


def _crl_at(uow: UnitOfWork, issuer_key_id: UUID, now: datetime) -> datetime:
    full = uow.crls.head(issuer_key_id)
    if full is None:
        return now
    last = uow.crls.head(issuer_key_id, full.number) or full
    return max(now, last.this_update + last.entries * _PAUSE_PER_ENTRY)
