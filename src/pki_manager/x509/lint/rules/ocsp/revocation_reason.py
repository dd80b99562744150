from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1.ocsp_view import OcspView
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach, Rule

_ALLOWED = frozenset({1, 2, 3, 4, 5, 6, 9, 10})


def _check(ocsp: OcspView) -> Iterator[Breach]:
    for single in ocsp.basic.responses:
        if single.reason is not None and single.reason not in _ALLOWED:
            yield Breach("tbsResponseData.responses.certStatus", f"revocationReason is {single.reason}")


RULE: Rule[OcspView] = Rule(
    id="ocsp.revocation_reason",
    requirement="The reason is defined, neither unspecified (0) nor removeFromCRL (8).",
    citation="RFC 5280 §5.3.1, RFC 6960 §4.2.1",
    since=date(2013, 6, 1),
    severity=Severity.ERROR,
    applies_to=lambda ocsp: ocsp.has_basic,
    check=_check,
)
