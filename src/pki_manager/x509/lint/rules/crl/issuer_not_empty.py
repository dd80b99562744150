from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1.crl_view import CrlView
from pki_manager.x509.asn1.structures import EMPTY_NAME
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach, Rule, applies_always


def _check(crl: CrlView) -> Iterator[Breach]:
    if crl.issuer == EMPTY_NAME:
        yield Breach("issuer", "the issuer is empty")


RULE: Rule[CrlView] = Rule(
    id="crl.issuer_not_empty",
    requirement="The issuer is a non-empty distinguished name.",
    citation="RFC 5280 §5.1.2.3",
    since=date(2008, 5, 1),
    severity=Severity.ERROR,
    applies_to=applies_always,
    check=_check,
)
