from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1.crl_view import CrlView
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach, Rule


def _check(crl: CrlView) -> Iterator[Breach]:
    if crl.number is not None and crl.number.bit_length() >= 20 * 8:
        yield Breach("crlExtensions.cRLNumber", "the number is longer than 20 octets")


RULE: Rule[CrlView] = Rule(
    id="crl.number_length",
    requirement="cRLNumber has at most 20 octets.",
    citation="RFC 5280 §5.2.3",
    since=date(2008, 5, 1),
    severity=Severity.ERROR,
    applies_to=lambda crl: crl.number is not None,
    check=_check,
)
