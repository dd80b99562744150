from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1.certificate_view import CertificateView
from pki_manager.x509.asn1.structures import DNS, IP
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach
from pki_manager.x509.lint.rulebook import CertificateRule


def _check(certificate: CertificateView) -> Iterator[Breach]:
    found = certificate.subject_alt_names or ()
    if not found:
        yield Breach("extensions", "there is no subjectAltName")
    for position, name in enumerate(found):
        if name.choice not in (DNS, IP):
            yield Breach(f"extensions.subjectAltName.{position}", "neither DNS name nor IP address")


RULE = CertificateRule(
    id="public_tls.names",
    requirement="subjectAltName is present and holds DNS names and IP addresses only.",
    citation="CA/B Forum Baseline Requirements §7.1.2.7.12",
    since=date(2023, 9, 15),
    severity=Severity.ERROR,
    applies_to=lambda certificate: certificate.is_leaf,
    check=_check,
)
