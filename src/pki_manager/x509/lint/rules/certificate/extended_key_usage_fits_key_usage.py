from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1 import oid_octets
from pki_manager.x509.asn1.certificate_view import CertificateFrame
from pki_manager.x509.asn1.oid_octets import decode_oid
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach
from pki_manager.x509.lint.rulebook import FrameRule

_SIGN = frozenset({"digitalSignature", "nonRepudiation"})
_NEEDS = {
    oid_octets.SERVER_AUTH: frozenset({"digitalSignature", "keyEncipherment", "keyAgreement"}),
    oid_octets.CLIENT_AUTH: frozenset({"digitalSignature", "keyAgreement"}),
    oid_octets.CODE_SIGNING: frozenset({"digitalSignature"}),
    oid_octets.EMAIL_PROTECTION: _SIGN | {"keyEncipherment", "keyAgreement"},
    oid_octets.TIME_STAMPING: _SIGN,
    oid_octets.OCSP_SIGNING: _SIGN,
    oid_octets.DOCUMENT_SIGNING: _SIGN,
}


def _check(certificate: CertificateFrame) -> Iterator[Breach]:
    usage = certificate.key_usage or frozenset()
    for purpose in certificate.extended_key_usage or ():
        needed = _NEEDS.get(purpose)
        if needed and not needed & usage:
            yield Breach(
                "extensions.keyUsage", f"purpose {decode_oid(purpose)} needs one of {', '.join(sorted(needed))}"
            )


RULE = FrameRule(
    id="certificate.extended_key_usage_fits_key_usage",
    requirement="Each purpose has a key usage that it needs.",
    citation="RFC 5280 §4.2.1.12, RFC 9336 §3.1",
    since=date(2008, 5, 1),
    severity=Severity.ERROR,
    applies_to=lambda certificate: certificate.is_leaf and certificate.key_usage is not None,
    check=_check,
)
