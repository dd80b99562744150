from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1.ocsp_view import OcspView
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach, Rule, applies_always


def _check(ocsp: OcspView) -> Iterator[Breach]:
    if ocsp.status not in (0, 1, 2, 3, 5, 6):
        yield Breach("responseStatus", f"status {ocsp.status} is not defined")


RULE: Rule[OcspView] = Rule(
    id="ocsp.status_defined",
    requirement="The response status is one of those that are defined.",
    citation="RFC 6960 §4.2.1",
    since=date(2013, 6, 1),
    severity=Severity.ERROR,
    applies_to=applies_always,
    check=_check,
)
