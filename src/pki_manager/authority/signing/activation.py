"""What follows when a CA becomes active: its audit event, and the jobs that publish the status of its key."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pki_manager.domain.ca import CertificateAuthority
from pki_manager.domain.certificate import Certificate
from pki_manager.domain.events.cas import CaCreated
from pki_manager.domain.jobs import JobKind, NewJob
from pki_manager.ports.unit_of_work import UnitOfWork

_STATUS = (JobKind.PUBLISH_CA_CERTIFICATE, JobKind.RENEW_OCSP_SIGNER, JobKind.PUBLISH_CRL)


def record_created(uow: UnitOfWork, ca: CertificateAuthority, key_id: UUID, certificate: Certificate) -> None:
    """Record that a pending CA has its first certificate."""
    uow.record(
        CaCreated(
            object_id=str(ca.id),
            name=ca.name,
            subject=str(ca.subject),
            key_id=str(key_id),
            certificate_id=str(certificate.id),
        )
    )


def queue_status(uow: UnitOfWork, key_id: UUID, now: datetime) -> None:
    """Queue the publication of an issuer key's certificate and first CRL, and the issuance of its OCSP certificate."""
    for kind in _STATUS:
        uow.jobs.enqueue(NewJob(kind, {"issuer_key": str(key_id)}, coalesce=f"{kind}:{key_id}"), now)
