from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1 import oid_octets
from pki_manager.x509.asn1.certificate_view import CertificateFrame
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.keys import CURVES
from pki_manager.x509.lint.rule import Breach
from pki_manager.x509.lint.rulebook import FrameRule


def _check(certificate: CertificateFrame) -> Iterator[Breach]:
    if certificate.key_algorithm.parameters not in CURVES:
        yield Breach("subjectPublicKeyInfo", "the curve is not named or not one of P-256, P-384 and P-521")


RULE = FrameRule(
    id="certificate.public_key_named_curve",
    requirement="An EC key names its curve, which is P-256, P-384 or P-521.",
    citation="RFC 5480 §2.1.1, §2.1.1.1",
    since=date(2009, 3, 1),
    severity=Severity.ERROR,
    applies_to=lambda certificate: certificate.key_algorithm.oid == oid_octets.EC_PUBLIC_KEY,
    check=_check,
)
