from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.lint import checks
from pki_manager.x509.lint.certificate import CertificateView
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach, Rule, always


def _check(certificate: CertificateView) -> Iterator[Breach]:
    return checks.repeated(certificate.extensions)


RULE: Rule[CertificateView] = Rule(
    id="certificate.extension_unique",
    requirement="No extension occurs more than once.",
    citation="RFC 5280 §4.2",
    since=date(2008, 5, 1),
    severity=Severity.ERROR,
    applies_to=always,
    check=_check,
)
