from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1.crl_view import CrlView
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach, Rule


def _check(crl: CrlView) -> Iterator[Breach]:
    if crl.base_number is not None and crl.number is not None and crl.base_number >= crl.number:
        yield Breach("crlExtensions.deltaCRLIndicator", f"base {crl.base_number} is not below {crl.number}")


RULE: Rule[CrlView] = Rule(
    id="crl.delta_base_number",
    requirement="The base of a delta CRL is older than the delta.",
    citation="RFC 5280 §5.2.4",
    since=date(2008, 5, 1),
    severity=Severity.ERROR,
    applies_to=lambda crl: crl.is_delta,
    check=_check,
)
