from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1 import oid_octets
from pki_manager.x509.asn1.certificate_view import CertificateFrame
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach
from pki_manager.x509.lint.rulebook import FrameRule


def _check(certificate: CertificateFrame) -> Iterator[Breach]:
    mappings = certificate.policy_mappings or ()
    if not mappings:
        yield Breach("extensions.policyMappings", "nothing is mapped")
    if any(oid_octets.ANY_POLICY in pair for pair in mappings):
        yield Breach("extensions.policyMappings", "anyPolicy is mapped")
    if not certificate.is_ca:
        yield Breach("extensions.policyMappings", "policyMappings in a certificate that is no CA's")


RULE = FrameRule(
    id="certificate.policy_mappings",
    requirement="policyMappings maps at least one policy, neither from nor to anyPolicy, in a CA's certificate.",
    citation="RFC 5280 §4.2.1.5",
    since=date(2008, 5, 1),
    severity=Severity.ERROR,
    applies_to=lambda certificate: certificate.policy_mappings is not None,
    check=_check,
)
