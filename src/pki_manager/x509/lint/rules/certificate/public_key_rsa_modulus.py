from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1 import oid_octets
from pki_manager.x509.asn1.certificate_view import CertificateView
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach
from pki_manager.x509.lint.rulebook import CertificateRule


def _check(certificate: CertificateView) -> Iterator[Breach]:
    modulus = certificate.public_key.rsa.modulus
    if modulus.bit_length() < 2048:
        yield Breach("subjectPublicKeyInfo", f"an RSA modulus of {modulus.bit_length()} bits is too short")
    if modulus <= 0 or modulus % 2 == 0:
        yield Breach("subjectPublicKeyInfo", "the RSA modulus is even or not positive")


RULE = CertificateRule(
    id="certificate.public_key_rsa_modulus",
    requirement="An RSA modulus is odd and has at least 2048 bits.",
    citation="NIST SP 800-131A Rev. 2 §3",
    since=date(2014, 1, 1),
    severity=Severity.ERROR,
    applies_to=lambda certificate: certificate.key_algorithm.oid in (oid_octets.RSA_ENCRYPTION, oid_octets.RSA_PSS),
    check=_check,
)
