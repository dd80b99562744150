"""Stored revocations: add, supersede, release. OCSP responses and CRLs follow through the outbox.

Use cases decide whether a change is allowed, and record the audit event. Only this module changes revocations.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from pki_manager.domain.ca import IssuerKey
from pki_manager.domain.certificate import Certificate
from pki_manager.domain.errors import Conflict
from pki_manager.domain.jobs import JobKind, NewJob
from pki_manager.domain.revocation import Revocation, RevocationReason
from pki_manager.ports.unit_of_work import UnitOfWork
from pki_manager.x509 import crl

_PAUSE_PER_ENTRY = timedelta(milliseconds=1)
"""Pause between two CRLs of a key, per entry. Signing needs some microseconds an entry, so under 1 % of the time."""


def build_revocation(
    certificate: Certificate, reason: RevocationReason, now: datetime, invalidity_date: datetime | None = None
) -> Revocation:
    """Return a revocation of a certificate with the present time. It is not stored yet."""
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
    """Store a revocation. Raises Conflict if the serial number is revoked or on hold already."""
    key = uow.issuer_keys.get(revocation.issuer_key_id)
    uow.revocations.add(revocation, crl.encode_entry(revocation.entry), now, key.shard_of(revocation.serial))
    _announce(uow, key, revocation.serial, now)


def import_one(uow: UnitOfWork, revocation: Revocation, now: datetime) -> bool:
    """Store a revocation of an imported history. Returns whether it changed anything.

    Nothing is published, because the CA is not local yet. A serial number that is already revoked keeps its date, and
    keeps its reason unless the new reason can replace it; data of its certificate is added.
    """
    before = uow.revocations.find(revocation.issuer_key_id, revocation.serial)
    if before is None:
        uow.revocations.add(revocation, crl.encode_entry(revocation.entry), now)
        return True
    after = before
    if before.can_become(revocation.reason):
        after = before.superseded(revocation.reason, revocation.invalidity_date)
    if revocation.certificate_id is not None:
        after = replace(after, certificate_id=revocation.certificate_id, not_after=revocation.not_after)
    if after == before:
        return False
    uow.revocations.supersede(after, crl.encode_entry(after.entry), now)
    return True


def supersede(
    uow: UnitOfWork,
    issuer_key_id: UUID,
    serial: int,
    reason: RevocationReason,
    now: datetime,
    invalidity_date: datetime | None = None,
) -> Revocation:
    """Give a revoked or held serial number another reason.

    Raises Conflict if it is not revoked, or the reason cannot be replaced (`Revocation.superseded`).
    """
    before = uow.revocations.find(issuer_key_id, serial)
    if before is None:
        raise Conflict("The certificate is not revoked.")
    after = before.superseded(reason, invalidity_date)
    uow.revocations.supersede(after, crl.encode_entry(after.entry), now)
    _announce(uow, uow.issuer_keys.get(issuer_key_id), serial, now)
    return after


def release(uow: UnitOfWork, issuer_key_id: UUID, serial: int, now: datetime) -> None:
    """End a hold: the certificate is valid again. Raises Conflict unless the serial number is on hold."""
    uow.revocations.release(issuer_key_id, serial, now)
    _announce(uow, uow.issuer_keys.get(issuer_key_id), serial, now)


def _announce(uow: UnitOfWork, key: IssuerKey, serial: int, now: datetime) -> None:
    """Queue the publication of a changed status in OCSP responses and a CRL.

    OCSP responses and short CRLs are published at once. A long CRL waits, so that it is not signed again after every
    revocation. If CRLs are partitioned, only the partition that certificates point to is issued; the full CRL follows
    on its schedule.
    """
    shard = key.shard_of(serial)
    payload = {"issuer_key": str(key.id)} | ({} if shard is None else {"shard": str(shard)})
    uow.jobs.publish_status(key.id, serial)
    job = NewJob(JobKind.PUBLISH_CRL, payload, coalesce=":".join((JobKind.PUBLISH_CRL, *payload.values())))
    uow.jobs.enqueue(job, now, _crl_at(uow, key.id, shard, now))


def _crl_at(uow: UnitOfWork, issuer_key_id: UUID, shard: int | None, now: datetime) -> datetime:
    full = uow.crls.find_head(issuer_key_id, shard=shard)
    if full is None:
        return now
    last = uow.crls.find_head(issuer_key_id, full.number, shard=shard) or full
    pause = last.entries * _PAUSE_PER_ENTRY
    return min(max(now, last.this_update + pause), now + pause)
