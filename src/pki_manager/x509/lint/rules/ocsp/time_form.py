from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1.ocsp_view import OcspView
from pki_manager.x509.lint import checks
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach, Rule


def _check(ocsp: OcspView) -> Iterator[Breach]:
    yield from checks.check_time_form(ocsp.basic.produced_at, "tbsResponseData.producedAt")
    for single in ocsp.basic.responses:
        for time in (single.this_update, single.next_update, single.revoked_at):
            yield from checks.check_time_form(time, "tbsResponseData.responses")


RULE: Rule[OcspView] = Rule(
    id="ocsp.time_form",
    requirement="All times are to the second, in Z, without fractions.",
    citation="RFC 6960 §4.2.1, RFC 5280 §4.1.2.5.2",
    since=date(2013, 6, 1),
    severity=Severity.ERROR,
    applies_to=lambda ocsp: ocsp.has_basic,
    check=_check,
)
