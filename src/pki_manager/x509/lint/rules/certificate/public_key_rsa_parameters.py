from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1 import oid_octets
from pki_manager.x509.asn1.certificate_view import CertificateFrame
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach
from pki_manager.x509.lint.rulebook import FrameRule


def _check(certificate: CertificateFrame) -> Iterator[Breach]:
    if certificate.key_algorithm.parameters != b"\x05\x00":
        yield Breach("subjectPublicKeyInfo", "the parameters of an RSA key are not NULL")


RULE = FrameRule(
    id="certificate.public_key_rsa_parameters",
    requirement="The parameters of an RSA key are NULL.",
    citation="RFC 3279 §2.3.1",
    since=date(2002, 4, 1),
    severity=Severity.ERROR,
    applies_to=lambda certificate: certificate.key_algorithm.oid == oid_octets.RSA_ENCRYPTION,
    check=_check,
)
