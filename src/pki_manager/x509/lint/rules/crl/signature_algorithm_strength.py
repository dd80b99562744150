from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1.crl_view import CrlView
from pki_manager.x509.lint import checks
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach, Rule, applies_always


def _check(crl: CrlView) -> Iterator[Breach]:
    return checks.check_weak_signature(crl.signature_algorithm)


RULE: Rule[CrlView] = Rule(
    id="crl.signature_algorithm_strength",
    requirement="The signature does not rest on MD2, MD4, MD5 or SHA-1.",
    citation="NIST SP 800-131A Rev. 2 §3",
    since=date(2014, 1, 1),
    severity=Severity.ERROR,
    applies_to=applies_always,
    check=_check,
)
