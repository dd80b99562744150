from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1.ocsp_view import OcspView
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach, Rule


def _check(ocsp: OcspView) -> Iterator[Breach]:
    if ocsp.basic.signer() is None:
        yield Breach("certs", "no certificate has the key that responderID names")


RULE: Rule[OcspView] = Rule(
    id="ocsp.signer_included",
    requirement="If the response contains certificates, the one that responderID names is among them.",
    citation="RFC 6960 §4.2.1, §4.2.2.2",
    since=date(2013, 6, 1),
    severity=Severity.ERROR,
    applies_to=lambda ocsp: ocsp.has_basic and ocsp.basic.certificates is not None,
    check=_check,
)
