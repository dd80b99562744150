from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1.certificate_view import CertificateView
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.keys import CURVES
from pki_manager.x509.lint.rule import Breach
from pki_manager.x509.lint.rulebook import CertificateRule


def _check(certificate: CertificateView) -> Iterator[Breach]:
    size = CURVES[certificate.public_key.algorithm.parameters or b""]
    bits = certificate.public_key.bits
    if bits[:1] != b"\x04" or len(bits) != 1 + 2 * size:
        yield Breach("subjectPublicKeyInfo", "the point is not uncompressed or not of its curve's length")


RULE = CertificateRule(
    id="certificate.public_key_ec_point",
    requirement="An EC point is uncompressed and has the length of its curve.",
    citation="RFC 5480 §2.2",
    since=date(2009, 3, 1),
    severity=Severity.ERROR,
    applies_to=lambda certificate: certificate.key_algorithm.parameters in CURVES,
    check=_check,
)
