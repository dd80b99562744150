from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1 import oid_octets
from pki_manager.x509.asn1.certificate_view import CertificateView
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach
from pki_manager.x509.lint.rulebook import CertificateRule

_SIZES = {oid_octets.ML_KEM_512: 800, oid_octets.ML_KEM_768: 1184, oid_octets.ML_KEM_1024: 1568}


def _check(certificate: CertificateView) -> Iterator[Breach]:
    key = certificate.public_key
    if key.algorithm.parameters is not None:
        yield Breach("subjectPublicKeyInfo", "an ML-KEM key has parameters")
    if len(key.bits) != _SIZES[key.algorithm.oid]:
        yield Breach("subjectPublicKeyInfo", f"an ML-KEM key of {len(key.bits)} octets")


RULE = CertificateRule(
    id="certificate.public_key_ml_kem",
    requirement="An ML-KEM key has no parameters and its parameter set's length.",
    citation="RFC 9935 §3, §4",
    since=date(2026, 3, 1),
    severity=Severity.ERROR,
    applies_to=lambda certificate: certificate.key_algorithm.oid in _SIZES,
    check=_check,
)
