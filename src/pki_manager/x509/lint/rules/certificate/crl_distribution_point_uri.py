from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.lint import checks
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.frame import CertificateFrame
from pki_manager.x509.lint.rule import Breach
from pki_manager.x509.lint.rulebook import FrameRule
from pki_manager.x509.lint.structures import URI


def _check(certificate: CertificateFrame) -> Iterator[Breach]:
    points = [name for point in certificate.distribution_points or () for name in point.names]
    if not points:
        yield Breach("extensions.cRLDistributionPoints", "no distribution point has a name")
    for choice, value in points:
        if choice != URI or not checks.is_http_uri(checks.text_of(value)):
            yield Breach("extensions.cRLDistributionPoints", f"{checks.text_of(value)!r} is no absolute http URI")


RULE = FrameRule(
    id="certificate.crl_distribution_point_uri",
    requirement="Each distribution point is an absolute http URI.",
    citation="RFC 5280 §4.2.1.13, RFC 3986 §3",
    since=date(2008, 5, 1),
    severity=Severity.ERROR,
    applies_to=lambda certificate: certificate.distribution_points is not None,
    check=_check,
)
