"""What a certificate must be so that another can follow it."""

from __future__ import annotations

from pki_manager.authority.outside import PROFILE as EXTERNAL_PROFILE
from pki_manager.domain.certificate import Certificate, CertificateKind
from pki_manager.domain.errors import Conflict
from pki_manager.domain.revocation import RevocationReason


def require_renewable(certificate: Certificate) -> None:
    """Conflict for a CA's certificate, and for one on hold: whoever is stopped for now must not get round it.

    Also for one that was issued elsewhere, when nobody has said by which profile it is to be followed.
    """
    if certificate.kind is not CertificateKind.END_ENTITY:
        raise Conflict("a CA's own certificate is not renewed like a client's")
    if certificate.profile == EXTERNAL_PROFILE:
        raise Conflict("the certificate was imported without a profile to renew it by: issue a new one")
    if certificate.revocation is not None and certificate.revocation.reason is RevocationReason.CERTIFICATE_HOLD:
        raise Conflict("the certificate is on hold: release or revoke it first")
