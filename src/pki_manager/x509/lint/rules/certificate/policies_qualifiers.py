from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1 import oid_octets
from pki_manager.x509.asn1.certificate_view import CertificateFrame
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach
from pki_manager.x509.lint.rulebook import FrameRule


def _check(certificate: CertificateFrame) -> Iterator[Breach]:
    for policy in certificate.policies or ():
        if policy.oid == oid_octets.ANY_POLICY and set(policy.qualifiers) - {
            oid_octets.CPS_QUALIFIER,
            oid_octets.USER_NOTICE,
        }:
            yield Breach("extensions.certificatePolicies", "anyPolicy has a qualifier of another kind")


RULE = FrameRule(
    id="certificate.policies_qualifiers",
    requirement="A qualifier of anyPolicy is a CPS pointer or a user notice.",
    citation="RFC 5280 §4.2.1.4",
    since=date(2008, 5, 1),
    severity=Severity.ERROR,
    applies_to=lambda certificate: certificate.policies is not None,
    check=_check,
)
