from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1 import oid_octets
from pki_manager.x509.asn1.crl_view import CrlView
from pki_manager.x509.lint import checks
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach, Rule, applies_always


def _check(crl: CrlView) -> Iterator[Breach]:
    if crl.number is None:
        yield Breach("crlExtensions", "there is no cRLNumber")
    elif crl.number < 0:
        yield Breach("crlExtensions.cRLNumber", "the number is negative")
    yield from checks.check_criticality(crl.extensions, frozenset({oid_octets.CRL_NUMBER}), critical=False)


RULE: Rule[CrlView] = Rule(
    id="crl.number_present",
    requirement="cRLNumber is present, not critical and not negative.",
    citation="RFC 5280 §5.2.3",
    since=date(2008, 5, 1),
    severity=Severity.ERROR,
    applies_to=applies_always,
    check=_check,
)
