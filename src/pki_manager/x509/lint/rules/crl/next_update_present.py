from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1.crl_view import CrlView
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach, Rule, applies_always


def _check(crl: CrlView) -> Iterator[Breach]:
    if crl.next_update is None:
        yield Breach("nextUpdate", "nextUpdate is absent")


RULE: Rule[CrlView] = Rule(
    id="crl.next_update_present",
    requirement="nextUpdate is present.",
    citation="RFC 5280 §5.1.2.5",
    since=date(2008, 5, 1),
    severity=Severity.ERROR,
    applies_to=applies_always,
    check=_check,
)
