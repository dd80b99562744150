"""Holds (`certificateHold`, RFC 5280 §5.3.1): temporary revocation and its release.

A delta CRL lists a release as removeFromCRL.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pki_manager.authority.kernel import guard
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.idempotency import Done, change_once
from pki_manager.authority.signing import revocations
from pki_manager.domain.certificate import Certificate, CertificateKind, format_serial
from pki_manager.domain.errors import Conflict
from pki_manager.domain.events.certificates import CertificateHeld, CertificateReleased
from pki_manager.domain.revocation import RevocationReason
from pki_manager.domain.rights.actor import Actor
from pki_manager.policy import access
from pki_manager.policy.access import Permission
from pki_manager.ports.unit_of_work import Claim, UnitOfWork


def hold(ctx: Context, actor: Actor, certificate_id: UUID, claim: Claim | None = None) -> Done[Certificate]:
    """Put a certificate on hold.

    Raises NotFound if it does not exist; Conflict if it is revoked or on hold already, has expired, or is a CA
    certificate.
    """
    access.require_somewhere(actor, Permission.CERTIFICATE_REVOKE)

    def apply(uow: UnitOfWork, now: datetime) -> None:
        certificate = guard.get_certificate(uow, actor, Permission.CERTIFICATE_REVOKE, certificate_id)
        if certificate.revocation is not None:
            raise Conflict(f"The certificate is already {certificate.state(now)}.")
        if now > certificate.validity.not_after:
            raise Conflict("The certificate has expired and cannot be put on hold.")
        if certificate.kind is not CertificateKind.END_ENTITY:
            raise Conflict("The certificate of a CA cannot be put on hold. Suspend or revoke the CA.")
        revocations.add(uow, revocations.build_revocation(certificate, RevocationReason.CERTIFICATE_HOLD, now), now)
        uow.record(
            CertificateHeld(
                object_id=str(certificate.id),
                ca=str(certificate.ca_id),
                serial_number=format_serial(certificate.serial),
            )
        )

    return change_once(ctx, actor, claim, certificate_id, apply, lambda reader: reader.certificates.get(certificate_id))


def release(ctx: Context, actor: Actor, certificate_id: UUID, claim: Claim | None = None) -> Done[Certificate]:
    """Release a certificate from hold. Requires a permission that requesters do not have.

    Raises NotFound if it does not exist; Conflict unless it is on hold: a revoked certificate stays revoked.
    """
    access.require_somewhere(actor, Permission.CERTIFICATE_RELEASE)

    def apply(uow: UnitOfWork, now: datetime) -> None:
        certificate = guard.get_certificate(uow, actor, Permission.CERTIFICATE_RELEASE, certificate_id)
        if certificate.revocation is None or not certificate.revocation.is_hold:
            raise Conflict(f"The certificate is {certificate.state(now)} and not on hold.")
        revocations.release(uow, certificate.issuer_key_id, certificate.serial, now)
        uow.record(
            CertificateReleased(
                object_id=str(certificate.id),
                ca=str(certificate.ca_id),
                serial_number=format_serial(certificate.serial),
            )
        )

    return change_once(ctx, actor, claim, certificate_id, apply, lambda reader: reader.certificates.get(certificate_id))
