from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1 import oid_octets
from pki_manager.x509.asn1.certificate_view import CertificateView
from pki_manager.x509.lint import checks
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach, applies_always
from pki_manager.x509.lint.rulebook import CertificateRule

_PLAIN = frozenset({oid_octets.CRL_DISTRIBUTION_POINTS, oid_octets.ISSUER_ALT_NAME})
_BESIDE_A_SUBJECT = frozenset({oid_octets.SUBJECT_ALT_NAME})


def _check(certificate: CertificateView) -> Iterator[Breach]:
    yield from checks.check_criticality(certificate.extensions, _PLAIN, critical=False)
    if certificate.subject_attributes:
        yield from checks.check_criticality(certificate.extensions, _BESIDE_A_SUBJECT, critical=False)


RULE = CertificateRule(
    id="certificate.extension_should_not_be_critical",
    requirement="cRLDistributionPoints is not critical, nor issuerAltName, nor subjectAltName beside a subject.",
    citation="RFC 5280 §4.2.1.6, §4.2.1.7, §4.2.1.13",
    since=date(2008, 5, 1),
    severity=Severity.WARNING,
    applies_to=applies_always,
    check=_check,
)
