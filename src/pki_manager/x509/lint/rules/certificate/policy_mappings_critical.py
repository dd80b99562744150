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
    yield from checks.check_criticality(certificate.extensions, frozenset({oid_octets.POLICY_MAPPINGS}), critical=True)
    asserted = {policy.oid for policy in certificate.policies or ()}
    for mapped, _ in certificate.policy_mappings or ():
        if mapped not in asserted:
            yield Breach(
                "extensions.policyMappings", f"policy {oid_octets.decode_oid(mapped)} is mapped and not asserted"
            )


RULE = FrameRule(
    id="certificate.policy_mappings_critical",
    requirement="policyMappings is critical, and every policy that it maps from is among the certificate's.",
    citation="RFC 5280 §4.2.1.5",
    since=date(2008, 5, 1),
    severity=Severity.WARNING,
    applies_to=lambda certificate: certificate.policy_mappings is not None,
    check=_check,
)
