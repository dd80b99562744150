from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1.ocsp_view import OcspView
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach, Rule


def _check(ocsp: OcspView) -> Iterator[Breach]:
    for single in ocsp.basic.responses:
        revoked = single.revoked_at.moment if single.revoked_at else None
        if revoked and single.this_update.moment and revoked > single.this_update.moment:
            yield Breach("tbsResponseData.responses.certStatus", "the revocation time is after thisUpdate")


RULE: Rule[OcspView] = Rule(
    id="ocsp.revocation_time",
    requirement="A certificate is not revoked after thisUpdate.",
    citation="RFC 6960 §4.2.1, §2.4",
    since=date(2013, 6, 1),
    severity=Severity.ERROR,
    applies_to=lambda ocsp: ocsp.has_basic,
    check=_check,
)
