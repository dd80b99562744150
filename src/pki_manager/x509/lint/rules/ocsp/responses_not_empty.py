from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1.ocsp_view import OcspView
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach, Rule


def _check(ocsp: OcspView) -> Iterator[Breach]:
    ids = [single.cert_id for single in ocsp.basic.responses]
    if not ids:
        yield Breach("tbsResponseData.responses", "there is no status")
    if len(set(ids)) != len(ids):
        yield Breach("tbsResponseData.responses", "a certificate is answered for twice")


RULE: Rule[OcspView] = Rule(
    id="ocsp.responses_not_empty",
    requirement="The response contains the status of at least one certificate, and of none twice.",
    citation="RFC 6960 §4.2.1",
    since=date(2013, 6, 1),
    severity=Severity.ERROR,
    applies_to=lambda ocsp: ocsp.has_basic,
    check=_check,
)
