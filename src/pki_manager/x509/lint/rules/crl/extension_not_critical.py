from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1 import oid_octets
from pki_manager.x509.asn1.crl_view import CrlView
from pki_manager.x509.lint import checks
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach, Rule, applies_always

_PLAIN = frozenset({oid_octets.AUTHORITY_KEY_IDENTIFIER, oid_octets.FRESHEST_CRL, oid_octets.AUTHORITY_INFO_ACCESS})


def _check(crl: CrlView) -> Iterator[Breach]:
    return checks.check_criticality(crl.extensions, _PLAIN, critical=False)


RULE: Rule[CrlView] = Rule(
    id="crl.extension_not_critical",
    requirement="authorityKeyIdentifier, freshestCRL and authorityInfoAccess are not critical.",
    citation="RFC 5280 §5.2.1, §5.2.6, §5.2.7",
    since=date(2008, 5, 1),
    severity=Severity.ERROR,
    applies_to=applies_always,
    check=_check,
)
