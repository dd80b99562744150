from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1 import oid_octets
from pki_manager.x509.asn1.certificate_view import CertificateFrame
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach
from pki_manager.x509.lint.rulebook import FrameRule


def _check(certificate: CertificateFrame) -> Iterator[Breach]:
    if certificate.by_oid[oid_octets.NO_REV_AVAIL].value != b"\x05\x00":
        yield Breach("extensions.noRevAvail", "the value is not NULL")
    if certificate.is_ca:
        yield Breach("extensions.noRevAvail", "noRevAvail in a CA's certificate")
    if certificate.distribution_points is not None or certificate.freshest_crl is not None:
        yield Breach("extensions.noRevAvail", "a CRL is pointed to beside noRevAvail")
    if any(access.method == oid_octets.ACCESS_OCSP for access in certificate.authority_info_access or ()):
        yield Breach("extensions.noRevAvail", "an OCSP responder is pointed to beside noRevAvail")


RULE = FrameRule(
    id="certificate.no_revocation_available",
    requirement="noRevAvail has the value NULL, in no CA's certificate, beside no pointer to CRL or OCSP.",
    citation="RFC 9608 §2, §3",
    since=date(2024, 6, 1),
    severity=Severity.ERROR,
    applies_to=lambda certificate: oid_octets.NO_REV_AVAIL in certificate.by_oid,
    check=_check,
)
