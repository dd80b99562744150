from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1 import oid_octets
from pki_manager.x509.asn1.certificate_view import CertificateFrame
from pki_manager.x509.lint import checks
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach
from pki_manager.x509.lint.rulebook import FrameRule


def _check(certificate: CertificateFrame) -> Iterator[Breach]:
    yield from checks.check_criticality(
        certificate.extensions, frozenset({oid_octets.INHIBIT_ANY_POLICY}), critical=True
    )
    if (certificate.inhibit_any_policy or 0) < 0:
        yield Breach("extensions.inhibitAnyPolicy", "the number of certificates is negative")
    if not certificate.is_ca:
        yield Breach("extensions.inhibitAnyPolicy", "inhibitAnyPolicy in a certificate that is no CA's")


RULE = FrameRule(
    id="certificate.inhibit_any_policy",
    requirement="inhibitAnyPolicy is critical, not negative, and only in CA certificates.",
    citation="RFC 5280 §4.2.1.14",
    since=date(2008, 5, 1),
    severity=Severity.ERROR,
    applies_to=lambda certificate: certificate.inhibit_any_policy is not None,
    check=_check,
)
