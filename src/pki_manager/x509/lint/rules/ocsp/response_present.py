from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1.ocsp_view import OcspView
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach, Rule, applies_always


def _check(ocsp: OcspView) -> Iterator[Breach]:
    if (ocsp.status == 0) is (ocsp.response is None):
        yield Breach(
            "responseBytes",
            f"status {ocsp.status} and responseBytes {'absent' if ocsp.response is None else 'present'}",
        )


RULE: Rule[OcspView] = Rule(
    id="ocsp.response_present",
    requirement="A successful response has responseBytes, an error response has none.",
    citation="RFC 6960 §4.2.1",
    since=date(2013, 6, 1),
    severity=Severity.ERROR,
    applies_to=applies_always,
    check=_check,
)
