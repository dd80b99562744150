from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1.certificate_view import CertificateFrame
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach
from pki_manager.x509.lint.rulebook import FrameRule


def _check(certificate: CertificateFrame) -> Iterator[Breach]:
    issuer = certificate.issuer_certificate
    if issuer is not None and issuer.subject != certificate.issuer:
        yield Breach("issuer", "the issuer is not encoded as the subject of the issuer's certificate")


RULE = FrameRule(
    id="certificate.issuer_name_match",
    requirement="The issuer is, byte for byte, the subject of the issuer's certificate.",
    citation="RFC 5280 §4.1.2.4, §6.1.3 (a)(4)",
    since=date(2008, 5, 1),
    severity=Severity.ERROR,
    applies_to=lambda certificate: certificate.issuer_certificate is not None,
    check=_check,
)
