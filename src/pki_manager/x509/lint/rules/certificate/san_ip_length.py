from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1.certificate_view import CertificateView
from pki_manager.x509.asn1.structures import IP
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach
from pki_manager.x509.lint.rulebook import CertificateRule


def _check(certificate: CertificateView) -> Iterator[Breach]:
    for position, (choice, value) in enumerate(certificate.subject_alt_names or ()):
        if choice == IP and len(value) not in (4, 16):
            yield Breach(f"extensions.subjectAltName.{position}", f"an IP address of {len(value)} octets")


RULE = CertificateRule(
    id="certificate.san_ip_length",
    requirement="An iPAddress has 4 or 16 octets.",
    citation="RFC 5280 §4.2.1.6",
    since=date(2008, 5, 1),
    severity=Severity.ERROR,
    applies_to=lambda certificate: certificate.has_alt_names,
    check=_check,
)
