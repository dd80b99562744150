from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1.certificate_view import CertificateFrame
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach
from pki_manager.x509.lint.rulebook import FrameRule


def _check(certificate: CertificateFrame) -> Iterator[Breach]:
    for point in (*(certificate.distribution_points or ()), *(certificate.freshest_crl or ())):
        if not point.has_name and not point.has_issuer:
            yield Breach("extensions.cRLDistributionPoints", "a point with neither distributionPoint nor cRLIssuer")


RULE = FrameRule(
    id="certificate.distribution_point_complete",
    requirement="Each distribution point says where a CRL is or who issues it.",
    citation="RFC 5280 §4.2.1.13",
    since=date(2008, 5, 1),
    severity=Severity.ERROR,
    applies_to=lambda certificate: certificate.distribution_points is not None or certificate.freshest_crl is not None,
    check=_check,
)
