from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1.ocsp_view import OcspView
from pki_manager.x509.lint import checks
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach, Rule


def _check(ocsp: OcspView) -> Iterator[Breach]:
    yield from checks.check_unknown_critical(ocsp.basic.extensions, frozenset(), "responseExtensions")
    for single in ocsp.basic.responses:
        yield from checks.check_unknown_critical(single.extensions, frozenset(), "singleExtensions")


RULE: Rule[OcspView] = Rule(
    id="ocsp.extension_not_critical",
    requirement="No extension is critical: a client that does not know it would refuse the answer.",
    citation="RFC 6960 §4.4",
    since=date(2013, 6, 1),
    severity=Severity.ERROR,
    applies_to=lambda ocsp: ocsp.has_basic,
    check=_check,
)
