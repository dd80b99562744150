from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1.certificate_view import CertificateFrame
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach
from pki_manager.x509.lint.rulebook import FrameRule


def _check(certificate: CertificateFrame) -> Iterator[Breach]:
    issuer = certificate.issuer_certificate
    if issuer is not None and not issuer.is_ca:
        yield Breach("issuer", "the issuer's certificate is not a CA's")
    if issuer is not None and issuer.key_usage is not None and "keyCertSign" not in issuer.key_usage:
        yield Breach("issuer", "the issuer's key usage lacks keyCertSign")


RULE = FrameRule(
    id="certificate.issuer_may_sign",
    requirement="The issuer's certificate is a CA's and its key usage allows signing certificates.",
    citation="RFC 5280 §6.1.4 (k), (n)",
    since=date(2008, 5, 1),
    severity=Severity.ERROR,
    applies_to=lambda certificate: certificate.issuer_certificate is not None,
    check=_check,
)
