from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1.certificate_view import CertificateView
from pki_manager.x509.lint import checks
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach, applies_always
from pki_manager.x509.lint.rulebook import CertificateRule


def _check(certificate: CertificateView) -> Iterator[Breach]:
    yield from checks.check_time_form(certificate.not_before, "validity.notBefore")
    yield from checks.check_time_form(certificate.not_after, "validity.notAfter")


RULE = CertificateRule(
    id="certificate.validity_form",
    requirement="Validity dates are to the second, in Z, without fractions.",
    citation="RFC 5280 §4.1.2.5.1, §4.1.2.5.2",
    since=date(2008, 5, 1),
    severity=Severity.ERROR,
    applies_to=applies_always,
    check=_check,
)
