from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1.certificate_view import CertificateFrame
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach
from pki_manager.x509.lint.rulebook import FrameRule


def _check(certificate: CertificateFrame) -> Iterator[Breach]:
    found = [policy.oid for policy in certificate.policies or ()]
    if not found:
        yield Breach("extensions.certificatePolicies", "there is no policy")
    if len(set(found)) != len(found):
        yield Breach("extensions.certificatePolicies", "a policy is listed twice")


RULE = FrameRule(
    id="certificate.policies_unique",
    requirement="certificatePolicies holds at least one policy, none twice.",
    citation="RFC 5280 §4.2.1.4",
    since=date(2008, 5, 1),
    severity=Severity.ERROR,
    applies_to=lambda certificate: certificate.policies is not None,
    check=_check,
)
