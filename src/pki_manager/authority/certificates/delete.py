"""Deletion of the record of an expired certificate. Its serial number stays used, its revocation stays.

RFC 5280 §3.3: a CRL entry is removed only after it was on a CRL issued after the certificate's expiration.
"""

from __future__ import annotations

from uuid import UUID

from pki_manager.authority.kernel import guard
from pki_manager.authority.kernel.context import Context
from pki_manager.domain.certificate import format_serial
from pki_manager.domain.errors import Conflict
from pki_manager.domain.events.certificates import CertificateDeleted
from pki_manager.domain.rights.actor import Actor
from pki_manager.policy import access
from pki_manager.policy.access import Permission


def delete(ctx: Context, actor: Actor, certificate_id: UUID) -> None:
    """Delete an expired certificate.

    Raises NotFound if it does not exist; Conflict for a certificate that has not expired, revoked or not, and for a CA
    certificate.
    """
    access.require_somewhere(actor, Permission.CERTIFICATE_DELETE)
    with ctx.ports.storage.begin(actor) as uow:
        certificate = guard.get_certificate(uow, actor, Permission.CERTIFICATE_DELETE, certificate_id)
        if ctx.ports.clock.now() <= certificate.validity.not_after:
            raise Conflict("The certificate has not expired and cannot be deleted. Delete it after it has expired.")
        if certificate.subject_key_id is not None:
            raise Conflict("The certificate of a CA cannot be deleted. It is needed to verify earlier signatures.")
        uow.certificates.delete(certificate_id)
        uow.record(
            CertificateDeleted(
                object_id=str(certificate_id),
                ca=str(certificate.ca_id),
                serial_number=format_serial(certificate.serial),
                fingerprint_sha256=certificate.fingerprint_sha256.hex(),
            )
        )
