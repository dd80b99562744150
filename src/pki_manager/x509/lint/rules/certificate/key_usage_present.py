from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.lint.certificate import CertificateView
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach, Rule, always


def _check(certificate: CertificateView) -> Iterator[Breach]:
    if certificate.key_usage is None:
        yield Breach("extensions", "there is no keyUsage")


RULE: Rule[CertificateView] = Rule(
    id="certificate.key_usage_present",
    requirement="keyUsage is present.",
    citation="RFC 5280 §4.2.1.3",
    since=date(2008, 5, 1),
    severity=Severity.WARNING,
    applies_to=always,
    check=_check,
)
