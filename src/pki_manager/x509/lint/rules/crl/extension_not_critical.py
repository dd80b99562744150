from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.lint import checks, oids
from pki_manager.x509.lint.crl import CrlView
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach, Rule, always

_PLAIN = frozenset({oids.AUTHORITY_KEY_IDENTIFIER, oids.FRESHEST_CRL, oids.AUTHORITY_INFO_ACCESS})


def _check(crl: CrlView) -> Iterator[Breach]:
    return checks.criticality(crl.extensions, _PLAIN, critical=False)


RULE: Rule[CrlView] = Rule(
    id="crl.extension_not_critical",
    requirement="authorityKeyIdentifier, freshestCRL and authorityInfoAccess are not critical.",
    citation="RFC 5280 §5.2.1, §5.2.6, §5.2.7",
    since=date(2008, 5, 1),
    severity=Severity.ERROR,
    applies_to=always,
    check=_check,
)
