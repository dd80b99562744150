from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1 import oid_octets
from pki_manager.x509.asn1.certificate_view import CertificateFrame
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach, applies_always
from pki_manager.x509.lint.rulebook import FrameRule


def _check(certificate: CertificateFrame) -> Iterator[Breach]:
    if certificate.key_algorithm.oid == oid_octets.DSA:
        yield Breach("subjectPublicKeyInfo", "DSA is no approved signature algorithm any more")


RULE = FrameRule(
    id="certificate.public_key_dsa",
    requirement="The key is no DSA key.",
    citation="NIST FIPS 186-5 §1",
    since=date(2023, 2, 3),
    severity=Severity.ERROR,
    applies_to=applies_always,
    check=_check,
)
