"""Revoking a certificate: recorded at once, then shown by OCSP and the next CRL through the outbox."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pki_manager.authority import revocations
from pki_manager.authority.blocked_keys import block_compromised
from pki_manager.authority.context import Authority
from pki_manager.authority.idempotency import once
from pki_manager.domain.actor import Actor
from pki_manager.domain.audit import CertificateRevoked
from pki_manager.domain.authority import CaState
from pki_manager.domain.certificate import Certificate, CertificateKind, serial_hex
from pki_manager.domain.errors import Conflict, InvalidInput
from pki_manager.domain.revocation import Revocation, RevocationReason
from pki_manager.policy import access
from pki_manager.policy.access import Permission
from pki_manager.ports.unit_of_work import Claim, UnitOfWork


def revoke(
    authority: Authority,
    actor: Actor,
    certificate_id: UUID,
    reason: RevocationReason,
    invalidity_date: datetime | None = None,
    claim: Claim | None = None,
) -> tuple[Certificate, bool]:
    """`(certificate, replayed)`.

    Of a held certificate it makes the hold final; a revoked one can be revoked again for a compromise of its key.
    NotFound; Conflict when it is revoked already otherwise, has expired, or is a root's own; InvalidInput for a hold
    (that is a verb of its own) and for an invalidity date in the future. A CA's certificate needs the right to revoke
    CAs, and stops that CA.
    """
    access.require(actor, Permission.CERTIFICATE_REVOKE)

    def work() -> Certificate:
        now = authority.clock.now()
        _check(reason, invalidity_date, now)
        with authority.storage.begin(actor) as uow:
            if claim is not None:
                uow.idempotency.claim(actor.id, claim, certificate_id, now)
            certificate = uow.certificates.get(certificate_id)
            _require_revocable(actor, certificate, now)
            _revoke(uow, certificate, reason, now, invalidity_date)
            block_compromised(authority, uow, actor, certificate, reason)
            return uow.certificates.get(certificate_id)

    def again(object_id: UUID) -> Certificate | None:
        with authority.storage.read() as reader:
            certificate = reader.certificates.get(object_id)
        return certificate if certificate.revocation is not None else None

    return once(authority, actor, claim, work, again)


def _check(reason: RevocationReason, invalidity_date: datetime | None, now: datetime) -> None:
    if reason is RevocationReason.CERTIFICATE_HOLD:
        raise InvalidInput.of("reason", "revocation.hold", "certificateHold is not a revocation: it can be released")
    if invalidity_date is not None and invalidity_date > now:
        raise InvalidInput.of("invalidity_date", "revocation.past", "the invalidity date lies in the future")


def _require_revocable(actor: Actor, certificate: Certificate, now: datetime) -> None:
    if now > certificate.validity.not_after:
        raise Conflict("the certificate has expired; there is nothing left to revoke")
    if certificate.kind is CertificateKind.SELF_SIGNED:
        raise Conflict("a root cannot revoke itself: remove it from the trust stores that hold it")
    if certificate.subject_key_id is not None:
        access.require(actor, Permission.CA_REVOKE)


def _revoke(
    uow: UnitOfWork,
    certificate: Certificate,
    reason: RevocationReason,
    now: datetime,
    invalidity_date: datetime | None,
) -> None:
    if certificate.revocation is not None:
        revocations.supersede(uow, certificate.issuer_key_id, certificate.serial, reason, now, invalidity_date)
    else:
        revocations.add(uow, _revocation(certificate, reason, now, invalidity_date), now)
    if certificate.subject_key_id is not None:
        uow.cas.set_state(uow.issuer_keys.get(certificate.subject_key_id).ca_id, CaState.REVOKED)
    uow.record(
        CertificateRevoked(
            object_id=str(certificate.id),
            ca=str(certificate.ca_id),
            serial_number=serial_hex(certificate.serial),
            revocation_reason=reason,
            invalidity_date=invalidity_date.isoformat() if invalidity_date else None,
        )
    )


def _revocation(
    certificate: Certificate, reason: RevocationReason, now: datetime, invalidity_date: datetime | None
) -> Revocation:
    return Revocation(
        issuer_key_id=certificate.issuer_key_id,
        serial=certificate.serial,
        certificate_id=certificate.id,
        reason=reason,
        time=now,
        invalidity_date=invalidity_date,
        not_after=certificate.validity.not_after,
    )
