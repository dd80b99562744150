from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1.crl_view import CrlView
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach, Rule, applies_always


def _check(crl: CrlView) -> Iterator[Breach]:
    if crl.signature.raw != crl.signature_algorithm.raw:
        yield Breach("signatureAlgorithm", "signatureAlgorithm differs from the signature field of the TBSCertList")


RULE: Rule[CrlView] = Rule(
    id="crl.signature_algorithm_match",
    requirement="signatureAlgorithm and the signature field inside are the same.",
    citation="RFC 5280 §5.1.1.2",
    since=date(2008, 5, 1),
    severity=Severity.ERROR,
    applies_to=applies_always,
    check=_check,
)
