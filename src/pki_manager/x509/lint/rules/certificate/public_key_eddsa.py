from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1 import oid_octets
from pki_manager.x509.asn1.certificate_view import CertificateView
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach
from pki_manager.x509.lint.rulebook import CertificateRule

_SIZES = {oid_octets.ED25519: 32, oid_octets.ED448: 57}


def _check(certificate: CertificateView) -> Iterator[Breach]:
    key = certificate.public_key
    if key.algorithm.parameters is not None:
        yield Breach("subjectPublicKeyInfo", "an EdDSA key has parameters")
    if len(key.bits) != _SIZES[key.algorithm.oid]:
        yield Breach("subjectPublicKeyInfo", f"an EdDSA key of {len(key.bits)} octets")


RULE = CertificateRule(
    id="certificate.public_key_eddsa",
    requirement="An Ed25519 or Ed448 key has no parameters and its curve's length.",
    citation="RFC 8410 §3, §4",
    since=date(2018, 8, 1),
    severity=Severity.ERROR,
    applies_to=lambda certificate: certificate.key_algorithm.oid in _SIZES,
    check=_check,
)
