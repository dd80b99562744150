from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1.certificate_view import CertificateFrame
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach, applies_always
from pki_manager.x509.lint.rulebook import FrameRule


def _check(certificate: CertificateFrame) -> Iterator[Breach]:
    if certificate.key_usage is None:
        yield Breach("extensions", "there is no keyUsage")


RULE = FrameRule(
    id="certificate.key_usage_present",
    requirement="keyUsage is present.",
    citation="RFC 5280 §4.2.1.3",
    since=date(2008, 5, 1),
    severity=Severity.WARNING,
    applies_to=applies_always,
    check=_check,
)
