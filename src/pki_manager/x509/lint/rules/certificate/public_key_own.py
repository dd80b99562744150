from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1.certificate_view import CertificateView
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach
from pki_manager.x509.lint.rulebook import CertificateRule


def _check(certificate: CertificateView) -> Iterator[Breach]:
    issuer = certificate.issuer_certificate
    if issuer is not None and issuer.public_key.raw == certificate.public_key.raw:
        yield Breach("subjectPublicKeyInfo", "the certificate certifies its issuer's own key to an end entity")


RULE = CertificateRule(
    id="certificate.public_key_own",
    requirement="An end entity does not have the key of its issuer.",
    citation="RFC 5280 §8",
    since=date(2008, 5, 1),
    severity=Severity.ERROR,
    applies_to=lambda certificate: certificate.is_leaf and certificate.issuer_certificate is not None,
    check=_check,
)
