from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1 import text_forms
from pki_manager.x509.asn1.certificate_view import CertificateFrame
from pki_manager.x509.asn1.structures import URI
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach
from pki_manager.x509.lint.rulebook import FrameRule


def _check(certificate: CertificateFrame) -> Iterator[Breach]:
    found = [name for point in certificate.freshest_crl or () for name in point.names]
    if not found:
        yield Breach("extensions.freshestCRL", "no point has a name")
    for choice, value in found:
        if choice != URI or not text_forms.is_http_uri(text_forms.escape_octets(value)):
            yield Breach("extensions.freshestCRL", f"{text_forms.escape_octets(value)!r} is no absolute http URI")


RULE = FrameRule(
    id="certificate.freshest_crl_uri",
    requirement="freshestCRL lists points, each an absolute http URI.",
    citation="RFC 5280 §4.2.1.15, RFC 3986 §3",
    since=date(2008, 5, 1),
    severity=Severity.ERROR,
    applies_to=lambda certificate: certificate.freshest_crl is not None,
    check=_check,
)
