from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1.certificate_view import CertificateView
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach, applies_always
from pki_manager.x509.lint.rulebook import CertificateRule


def _check(certificate: CertificateView) -> Iterator[Breach]:
    start, end = certificate.not_before.moment, certificate.not_after.moment
    if start and end and start > end:
        yield Breach("validity", f"notBefore {start:%Y-%m-%dT%H:%M:%SZ} is after notAfter {end:%Y-%m-%dT%H:%M:%SZ}")


RULE = CertificateRule(
    id="certificate.validity_order",
    requirement="notBefore is not after notAfter.",
    citation="RFC 5280 §4.1.2.5",
    since=date(2008, 5, 1),
    severity=Severity.ERROR,
    applies_to=applies_always,
    check=_check,
)
