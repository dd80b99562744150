from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1.crl_view import CrlView
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach, Rule, applies_always


def _check(crl: CrlView) -> Iterator[Breach]:
    if crl.version != 2:
        yield Breach("version", "the version is absent" if crl.version is None else f"the version is {crl.version}")


RULE: Rule[CrlView] = Rule(
    id="crl.version",
    requirement="The version is 2.",
    citation="RFC 5280 §5.1.2.1",
    since=date(2008, 5, 1),
    severity=Severity.ERROR,
    applies_to=applies_always,
    check=_check,
)
