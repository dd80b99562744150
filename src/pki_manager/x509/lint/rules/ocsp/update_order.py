from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1.ocsp_view import OcspView
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach, Rule


def _check(ocsp: OcspView) -> Iterator[Breach]:
    for single in ocsp.basic.responses:
        start, end = single.this_update.moment, single.next_update.moment if single.next_update else None
        if start and end and end <= start:
            yield Breach("tbsResponseData.responses.nextUpdate", "nextUpdate is not after thisUpdate")


RULE: Rule[OcspView] = Rule(
    id="ocsp.update_order",
    requirement="nextUpdate is after thisUpdate.",
    citation="RFC 6960 §2.4, §4.2.2.1",
    since=date(2013, 6, 1),
    severity=Severity.ERROR,
    applies_to=lambda ocsp: ocsp.has_basic,
    check=_check,
)
