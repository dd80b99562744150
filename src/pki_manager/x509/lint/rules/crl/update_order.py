from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1.crl_view import CrlView
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach, Rule


def _check(crl: CrlView) -> Iterator[Breach]:
    start, end = crl.this_update.moment, crl.next_update.moment if crl.next_update else None
    if start and end and end <= start:
        yield Breach("nextUpdate", "nextUpdate is not after thisUpdate")


RULE: Rule[CrlView] = Rule(
    id="crl.update_order",
    requirement="nextUpdate is after thisUpdate.",
    citation="RFC 5280 §5.1.2.5",
    since=date(2008, 5, 1),
    severity=Severity.ERROR,
    applies_to=lambda crl: crl.next_update is not None,
    check=_check,
)
