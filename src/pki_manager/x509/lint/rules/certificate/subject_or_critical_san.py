from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1 import oid_octets
from pki_manager.x509.asn1.certificate_view import CertificateView
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach, applies_always
from pki_manager.x509.lint.rulebook import CertificateRule


def _check(certificate: CertificateView) -> Iterator[Breach]:
    if certificate.subject_attributes:
        return
    san = certificate.frame.by_oid.get(oid_octets.SUBJECT_ALT_NAME)
    if san is None:
        yield Breach("subject", "the subject is empty and there is no subjectAltName")
    elif not san.critical:
        yield Breach("extensions.subjectAltName", "the subject is empty and subjectAltName is not critical")


RULE = CertificateRule(
    id="certificate.subject_or_critical_san",
    requirement="An empty subject comes with a critical subjectAltName.",
    citation="RFC 5280 §4.1.2.6, §4.2.1.6",
    since=date(2008, 5, 1),
    severity=Severity.ERROR,
    applies_to=applies_always,
    check=_check,
)
