from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1.crl_view import CrlView
from pki_manager.x509.lint import checks
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach, Rule, applies_always


def _check(crl: CrlView) -> Iterator[Breach]:
    yield from checks.check_time_type(crl.this_update, "thisUpdate")
    yield from checks.check_time_type(crl.next_update, "nextUpdate")


RULE: Rule[CrlView] = Rule(
    id="crl.update_type",
    requirement="Dates through 2049 are UTCTime, later ones GeneralizedTime.",
    citation="RFC 5280 §5.1.2.4, §5.1.2.5",
    since=date(2008, 5, 1),
    severity=Severity.ERROR,
    applies_to=applies_always,
    check=_check,
)
