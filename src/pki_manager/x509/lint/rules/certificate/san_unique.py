from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1.certificate_view import CertificateView
from pki_manager.x509.asn1.structures import DNS
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach
from pki_manager.x509.lint.rulebook import CertificateRule


def _check(certificate: CertificateView) -> Iterator[Breach]:
    seen: set[tuple[int, bytes]] = set()
    for position, (choice, value) in enumerate(certificate.subject_alt_names or ()):
        key = (choice, value.lower() if choice == DNS else value)
        if key in seen:
            yield Breach(f"extensions.subjectAltName.{position}", "the name is listed twice")
        seen.add(key)


RULE = CertificateRule(
    id="certificate.san_unique",
    requirement="No alternative name is listed twice.",
    citation="CA/B Forum Baseline Requirements §7.1.2.7.12",
    since=date(2023, 9, 15),
    severity=Severity.WARNING,
    applies_to=lambda certificate: certificate.has_alt_names,
    check=_check,
)
