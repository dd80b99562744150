from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1.certificate_view import CertificateFrame
from pki_manager.x509.lint import checks
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach
from pki_manager.x509.lint.rulebook import FrameRule


def _check(certificate: CertificateFrame) -> Iterator[Breach]:
    if certificate.issuer_certificate is not None:
        key = certificate.issuer_certificate.key_algorithm
        yield from checks.check_signature_fits_key(certificate.signature_algorithm, key)


RULE = FrameRule(
    id="certificate.signature_algorithm_fits_issuer",
    requirement="The signature algorithm is one that the issuer's key can make.",
    citation="RFC 5280 §4.1.1.2, RFC 4055 §1.2",
    since=date(2008, 5, 1),
    severity=Severity.ERROR,
    applies_to=lambda certificate: certificate.issuer_certificate is not None,
    check=_check,
)
