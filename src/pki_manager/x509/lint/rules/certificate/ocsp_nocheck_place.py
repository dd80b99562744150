from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1 import oid_octets
from pki_manager.x509.asn1.certificate_view import CertificateFrame
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach
from pki_manager.x509.lint.rulebook import FrameRule


def _check(certificate: CertificateFrame) -> Iterator[Breach]:
    if not certificate.is_ocsp_signer:
        yield Breach("extensions.ocspNocheck", "ocsp-nocheck without the purpose OCSPSigning")
    if certificate.by_oid[oid_octets.OCSP_NOCHECK].value != b"\x05\x00":
        yield Breach("extensions.ocspNocheck", "the value is not NULL")


RULE = FrameRule(
    id="certificate.ocsp_nocheck_place",
    requirement="id-pkix-ocsp-nocheck is only in OCSP signing certificates, with the value NULL.",
    citation="RFC 6960 §4.2.2.2.1",
    since=date(2013, 6, 1),
    severity=Severity.ERROR,
    applies_to=lambda certificate: oid_octets.OCSP_NOCHECK in certificate.by_oid,
    check=_check,
)
