from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.lint import oids
from pki_manager.x509.lint.certificate import CertificateView
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach, Rule, always


def _check(certificate: CertificateView) -> Iterator[Breach]:
    if certificate.public_key.algorithm.oid == oids.DSA:
        yield Breach("subjectPublicKeyInfo", "DSA is no approved signature algorithm any more")


RULE: Rule[CertificateView] = Rule(
    id="certificate.public_key_dsa",
    requirement="The key is no DSA key.",
    citation="NIST FIPS 186-5 §1",
    since=date(2023, 2, 3),
    severity=Severity.ERROR,
    applies_to=always,
    check=_check,
)
