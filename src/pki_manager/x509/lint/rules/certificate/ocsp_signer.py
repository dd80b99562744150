from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1 import oid_octets
from pki_manager.x509.asn1.certificate_view import CertificateFrame
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach
from pki_manager.x509.lint.rulebook import FrameRule


def _check(certificate: CertificateFrame) -> Iterator[Breach]:
    if oid_octets.OCSP_NOCHECK not in certificate.by_oid:
        yield Breach("extensions", "an OCSP signer without ocsp-nocheck would need an OCSP answer about itself")
    if "digitalSignature" not in (certificate.key_usage or ()):
        yield Breach("extensions.keyUsage", "an OCSP signer without digitalSignature")


RULE = FrameRule(
    id="certificate.ocsp_signer",
    requirement="An OCSP signer has ocsp-nocheck and digitalSignature.",
    citation="RFC 6960 §4.2.2.2, §4.2.2.2.1",
    since=date(2013, 6, 1),
    severity=Severity.ERROR,
    applies_to=lambda certificate: certificate.is_ocsp_signer,
    check=_check,
)
