from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1 import oid_octets
from pki_manager.x509.asn1.certificate_view import CertificateView
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach
from pki_manager.x509.lint.rulebook import CertificateRule


def _check(certificate: CertificateView) -> Iterator[Breach]:
    exponent = certificate.public_key.rsa.exponent
    if exponent % 2 == 0 or not 65537 <= exponent < 2**256:
        yield Breach("subjectPublicKeyInfo", "the RSA exponent is even, below 65537 or above 2^256")


RULE = CertificateRule(
    id="certificate.public_key_rsa_exponent",
    requirement="An RSA exponent is odd and at least 65537.",
    citation="NIST FIPS 186-5 §A.1.1",
    since=date(2023, 2, 3),
    severity=Severity.ERROR,
    applies_to=lambda certificate: certificate.key_algorithm.oid in (oid_octets.RSA_ENCRYPTION, oid_octets.RSA_PSS),
    check=_check,
)
