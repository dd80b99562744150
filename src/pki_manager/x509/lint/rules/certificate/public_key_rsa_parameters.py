from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.lint import oids
from pki_manager.x509.lint.certificate import CertificateView
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach, Rule


def _check(certificate: CertificateView) -> Iterator[Breach]:
    if certificate.public_key.algorithm.parameters != b"\x05\x00":
        yield Breach("subjectPublicKeyInfo", "the parameters of an RSA key are not NULL")


RULE: Rule[CertificateView] = Rule(
    id="certificate.public_key_rsa_parameters",
    requirement="The parameters of an RSA key are NULL.",
    citation="RFC 3279 §2.3.1",
    since=date(2002, 4, 1),
    severity=Severity.ERROR,
    applies_to=lambda certificate: certificate.public_key.algorithm.oid == oids.RSA_ENCRYPTION,
    check=_check,
)
