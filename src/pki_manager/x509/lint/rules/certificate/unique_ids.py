from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1.certificate_view import CertificateFrame
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach, applies_always
from pki_manager.x509.lint.rulebook import FrameRule


def _check(certificate: CertificateFrame) -> Iterator[Breach]:
    if certificate.has_unique_ids:
        yield Breach("tbsCertificate", "a unique identifier is present")


RULE = FrameRule(
    id="certificate.unique_ids",
    requirement="issuerUniqueID and subjectUniqueID are absent.",
    citation="RFC 5280 §4.1.2.8",
    since=date(2008, 5, 1),
    severity=Severity.ERROR,
    applies_to=applies_always,
    check=_check,
)
