from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1.certificate_view import CertificateFrame
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach, applies_always
from pki_manager.x509.lint.rulebook import FrameRule


def _check(certificate: CertificateFrame) -> Iterator[Breach]:
    if certificate.signature.raw != certificate.signature_algorithm.raw:
        yield Breach("signatureAlgorithm", "signatureAlgorithm differs from the signature field of the TBSCertificate")


RULE = FrameRule(
    id="certificate.signature_algorithm_match",
    requirement="signatureAlgorithm and the signature field inside are the same.",
    citation="RFC 5280 §4.1.1.2",
    since=date(2008, 5, 1),
    severity=Severity.ERROR,
    applies_to=applies_always,
    check=_check,
)
