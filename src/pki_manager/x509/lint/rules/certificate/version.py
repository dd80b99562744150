from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1.certificate_view import CertificateFrame
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach, applies_always
from pki_manager.x509.lint.rulebook import FrameRule


def _check(certificate: CertificateFrame) -> Iterator[Breach]:
    if certificate.version != 3:
        yield Breach("version", f"the version is {certificate.version}, not 3")


RULE = FrameRule(
    id="certificate.version",
    requirement="The version is 3 where extensions are present.",
    citation="RFC 5280 §4.1.2.1",
    since=date(2008, 5, 1),
    severity=Severity.ERROR,
    applies_to=applies_always,
    check=_check,
)
