from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1 import oid_octets
from pki_manager.x509.asn1.crl_view import CrlView
from pki_manager.x509.lint import checks
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach, Rule, applies_always

_CRITICAL = frozenset({oid_octets.DELTA_CRL_INDICATOR, oid_octets.ISSUING_DISTRIBUTION_POINT})


def _check(crl: CrlView) -> Iterator[Breach]:
    return checks.check_criticality(crl.extensions, _CRITICAL, critical=True)


RULE: Rule[CrlView] = Rule(
    id="crl.extension_must_be_critical",
    requirement="issuingDistributionPoint and deltaCRLIndicator are critical.",
    citation="RFC 5280 §5.2.4, §5.2.5",
    since=date(2008, 5, 1),
    severity=Severity.ERROR,
    applies_to=applies_always,
    check=_check,
)
