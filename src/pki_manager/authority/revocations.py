"""What happens to a revocation: recorded, superseded, released. Status and CRL follow through the outbox.

The verbs that do it decide whether it may be done and record their own event; this is the one way to do it.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pki_manager.domain.certificate import serial_hex
from pki_manager.domain.errors import Conflict
from pki_manager.domain.jobs import JobKind, NewJob
from pki_manager.domain.revocation import Revocation, RevocationReason
from pki_manager.ports.unit_of_work import UnitOfWork
from pki_manager.x509 import crl


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
    key = {"issuer_key": str(issuer_key_id)}
    uow.jobs.enqueue(NewJob(JobKind.PUBLISH_STATUS, key | {"serial": serial_hex(serial)}), now)
    uow.jobs.enqueue(NewJob(JobKind.PUBLISH_CRL, key, coalesce=f"{JobKind.PUBLISH_CRL}:{issuer_key_id}"), now)
