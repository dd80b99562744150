"""What a certificate must be so that another can follow it."""

from __future__ import annotations

from pki_manager.domain.certificate import Certificate, CertificateKind
from pki_manager.domain.errors import Conflict
from pki_manager.domain.revocation import RevocationReason


def require_renewable(certificate: Certificate) -> None:
    """Conflict for a CA's certificate, and for one on hold: whoever is stopped for now must not get round it."""
    if certificate.kind is not CertificateKind.END_ENTITY:
        raise Conflict("a CA's own certificate is not renewed like a client's")
    if certificate.revocation is not None and certificate.revocation.reason is RevocationReason.CERTIFICATE_HOLD:
        raise Conflict("the certificate is on hold: release or revoke it first")
