from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1 import oid_octets
from pki_manager.x509.asn1.certificate_view import CertificateView
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach
from pki_manager.x509.lint.rulebook import CertificateRule

_SIZES = {oid_octets.ML_DSA_44: 1312, oid_octets.ML_DSA_65: 1952, oid_octets.ML_DSA_87: 2592}


def _check(certificate: CertificateView) -> Iterator[Breach]:
    key = certificate.public_key
    if key.algorithm.parameters is not None:
        yield Breach("subjectPublicKeyInfo", "an ML-DSA key has parameters")
    if len(key.bits) != _SIZES[key.algorithm.oid]:
        yield Breach("subjectPublicKeyInfo", f"an ML-DSA key of {len(key.bits)} octets")


RULE = CertificateRule(
    id="certificate.public_key_ml_dsa",
    requirement="An ML-DSA key has no parameters and its parameter set's length.",
    citation="RFC 9881 §2, §4",
    since=date(2025, 10, 1),
    severity=Severity.ERROR,
    applies_to=lambda certificate: certificate.key_algorithm.oid in _SIZES,
    check=_check,
)
