from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1.certificate_view import CertificateFrame
from pki_manager.x509.asn1.structures import EMPTY_NAME
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach, applies_always
from pki_manager.x509.lint.rulebook import FrameRule


def _check(certificate: CertificateFrame) -> Iterator[Breach]:
    if certificate.issuer == EMPTY_NAME:
        yield Breach("issuer", "the issuer is empty")


RULE = FrameRule(
    id="certificate.issuer_not_empty",
    requirement="The issuer is a non-empty distinguished name.",
    citation="RFC 5280 §4.1.2.4",
    since=date(2008, 5, 1),
    severity=Severity.ERROR,
    applies_to=applies_always,
    check=_check,
)
