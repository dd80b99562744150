from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1.certificate_view import CertificateView
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach
from pki_manager.x509.lint.rulebook import CertificateRule


def _check(certificate: CertificateView) -> Iterator[Breach]:
    issuer = certificate.issuer_certificate
    if issuer is None:
        return
    begin, outer_begin = certificate.not_before.moment, issuer.not_before.moment
    end, outer_end = certificate.not_after.moment, issuer.not_after.moment
    if begin and outer_begin and begin < outer_begin:
        yield Breach("validity.notBefore", "the certificate begins before its issuer's")
    if end and outer_end and end > outer_end:
        yield Breach("validity.notAfter", "the certificate ends after its issuer's")


RULE = CertificateRule(
    id="certificate.validity_nested",
    requirement="The validity lies within that of the issuer's certificate.",
    citation="RFC 5280 §6.1.3 (a)(2)",
    since=date(2008, 5, 1),
    severity=Severity.ERROR,
    applies_to=lambda certificate: certificate.issuer_certificate is not None,
    check=_check,
)
