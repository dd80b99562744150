from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1.ocsp_view import OcspView
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach, Rule


def _check(ocsp: OcspView) -> Iterator[Breach]:
    if any(single.next_update is None for single in ocsp.basic.responses):
        yield Breach("tbsResponseData.responses.nextUpdate", "nextUpdate is absent")


RULE: Rule[OcspView] = Rule(
    id="ocsp.next_update_present",
    requirement="nextUpdate is present.",
    citation="RFC 5019 §2.2.4",
    since=date(2007, 9, 1),
    severity=Severity.ERROR,
    applies_to=lambda ocsp: ocsp.has_basic,
    check=_check,
)
