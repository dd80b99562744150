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
    points = [name for point in certificate.distribution_points or () for name in point.names]
    if not points:
        yield Breach("extensions.cRLDistributionPoints", "no distribution point has a name")
    for choice, value in points:
        if choice != URI or not text_forms.is_http_uri(text_forms.escape_octets(value)):
            yield Breach(
                "extensions.cRLDistributionPoints", f"{text_forms.escape_octets(value)!r} is no absolute http URI"
            )


RULE = FrameRule(
    id="certificate.crl_distribution_point_uri",
    requirement="Each distribution point is an absolute http URI.",
    citation="RFC 5280 §4.2.1.13, RFC 3986 §3",
    since=date(2008, 5, 1),
    severity=Severity.ERROR,
    applies_to=lambda certificate: certificate.distribution_points is not None,
    check=_check,
)
