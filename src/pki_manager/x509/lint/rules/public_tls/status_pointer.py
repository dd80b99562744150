from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from pki_manager.x509.asn1 import oid_octets
from pki_manager.x509.asn1.certificate_view import CertificateView
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach
from pki_manager.x509.lint.rulebook import CertificateRule


def _is_short_lived(certificate: CertificateView) -> bool:
    """Return whether the validity period is at most 10 days, or at most 7 if it begins on 2026-03-15 or later."""
    start, end = certificate.not_before.moment, certificate.not_after.moment
    days = 7 if start and start.date() >= date(2026, 3, 15) else 10
    return start is not None and end is not None and end - start < timedelta(days=days)


def _check(certificate: CertificateView) -> Iterator[Breach]:
    if _is_short_lived(certificate):
        return
    accesses = certificate.authority_info_access or ()
    if not certificate.distribution_points and not any(access.method == oid_octets.ACCESS_OCSP for access in accesses):
        yield Breach("extensions", "neither CRL nor OCSP responder is pointed to")


RULE = CertificateRule(
    id="public_tls.status_pointer",
    requirement="The certificate points to a CRL or an OCSP responder, unless it is short-lived.",
    citation="CA/B Forum Baseline Requirements §7.1.2.11.2, §1.6.1",
    since=date(2024, 3, 15),
    severity=Severity.ERROR,
    applies_to=lambda certificate: certificate.is_leaf,
    check=_check,
)
