from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1.certificate_view import CertificateView
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach
from pki_manager.x509.lint.rulebook import CertificateRule


def _check(certificate: CertificateView) -> Iterator[Breach]:
    if not certificate.subject_key_identifier:
        yield Breach("extensions.subjectKeyIdentifier", "a CA without subjectKeyIdentifier")


RULE = CertificateRule(
    id="certificate.ca_subject_key_identifier",
    requirement="A CA has a subjectKeyIdentifier.",
    citation="RFC 5280 §4.2.1.2",
    since=date(2008, 5, 1),
    severity=Severity.ERROR,
    applies_to=lambda certificate: certificate.is_ca,
    check=_check,
)
