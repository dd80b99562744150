from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1.ocsp_view import OcspView
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach, Rule


def _check(ocsp: OcspView) -> Iterator[Breach]:
    produced = ocsp.basic.produced_at.moment
    for single in ocsp.basic.responses:
        if produced and single.this_update.moment and produced < single.this_update.moment:
            yield Breach("tbsResponseData.producedAt", "producedAt is before thisUpdate")


RULE: Rule[OcspView] = Rule(
    id="ocsp.produced_at",
    requirement="producedAt is not before any thisUpdate.",
    citation="RFC 6960 §4.2.2.1, §2.5",
    since=date(2013, 6, 1),
    severity=Severity.ERROR,
    applies_to=lambda ocsp: ocsp.has_basic,
    check=_check,
)
