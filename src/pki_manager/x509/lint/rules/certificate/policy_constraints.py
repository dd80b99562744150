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
        certificate.extensions, frozenset({oid_octets.POLICY_CONSTRAINTS}), critical=True
    )
    numbers = [number for number in certificate.policy_constraints or () if number is not None]
    if not numbers or min(numbers) < 0:
        yield Breach("extensions.policyConstraints", "it says nothing, or a negative number")
    if not certificate.is_ca:
        yield Breach("extensions.policyConstraints", "policyConstraints in a certificate that is no CA's")


RULE = FrameRule(
    id="certificate.policy_constraints",
    requirement="policyConstraints is critical, not empty, without negative numbers, and only in CA certificates.",
    citation="RFC 5280 §4.2.1.11",
    since=date(2008, 5, 1),
    severity=Severity.ERROR,
    applies_to=lambda certificate: certificate.policy_constraints is not None,
    check=_check,
)
