from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1.ocsp_view import OcspView
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach, Rule


def _check(ocsp: OcspView) -> Iterator[Breach]:
    signer, produced = ocsp.basic.signer(), ocsp.basic.produced_at.moment
    if signer is None or produced is None:
        return
    start, end = signer.not_before.moment, signer.not_after.moment
    if (start and produced < start) or (end and produced > end):
        yield Breach("certs", "the signer's certificate is not valid at producedAt")


RULE: Rule[OcspView] = Rule(
    id="ocsp.signer_valid",
    requirement="The signer's certificate is valid at producedAt.",
    citation="RFC 6960 §3.2, §4.2.2.2",
    since=date(2013, 6, 1),
    severity=Severity.ERROR,
    applies_to=lambda ocsp: ocsp.has_basic and ocsp.basic.certificates is not None,
    check=_check,
)
