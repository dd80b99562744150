from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1 import oid_octets
from pki_manager.x509.asn1.ocsp_view import OcspView
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach, Rule


def _check(ocsp: OcspView) -> Iterator[Breach]:
    signer = ocsp.basic.signer()
    if signer is None or signer.is_ca:
        return
    if not signer.is_ocsp_signer:
        yield Breach("certs", "the signer's certificate lacks the purpose OCSPSigning")
    if oid_octets.OCSP_NOCHECK not in signer.by_oid:
        yield Breach("certs", "the signer's certificate lacks ocsp-nocheck")


RULE: Rule[OcspView] = Rule(
    id="ocsp.signer_purpose",
    requirement="A delegated signer has the purpose OCSPSigning and ocsp-nocheck.",
    citation="RFC 6960 §4.2.2.2, §4.2.2.2.1",
    since=date(2013, 6, 1),
    severity=Severity.ERROR,
    applies_to=lambda ocsp: ocsp.has_basic and ocsp.basic.certificates is not None,
    check=_check,
)
