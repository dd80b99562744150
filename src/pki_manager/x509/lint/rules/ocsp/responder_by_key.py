from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1.ocsp_view import BY_KEY, OcspView
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach, Rule


def _check(ocsp: OcspView) -> Iterator[Breach]:
    if ocsp.basic.responder_tag != BY_KEY:
        yield Breach("tbsResponseData.responderID", "the responder is named by its name")
    elif len(ocsp.basic.responder) != 20:
        yield Breach("tbsResponseData.responderID", f"a hash of {len(ocsp.basic.responder)} octets is not SHA-1")


RULE: Rule[OcspView] = Rule(
    id="ocsp.responder_by_key",
    requirement="responderID is the SHA-1 hash of the responder's key.",
    citation="RFC 6960 §4.2.1, RFC 5019 §2.2.1",
    since=date(2013, 6, 1),
    severity=Severity.ERROR,
    applies_to=lambda ocsp: ocsp.has_basic,
    check=_check,
)
