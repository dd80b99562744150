from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1.certificate_view import CertificateView
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach
from pki_manager.x509.lint.rulebook import CertificateRule
from pki_manager.x509.name_constraints import find_name_fault


def _check(certificate: CertificateView) -> Iterator[Breach]:
    issuer = certificate.issuer_certificate
    constraints = issuer.name_constraints if issuer else None
    # A self-issued CA certificate is exempt from the constraints of the one above it (RFC 5280 §6.1.3).
    if constraints is None or (certificate.is_self_issued and certificate.is_ca):
        return
    for position, name in enumerate(certificate.subject_alt_names or ()):
        fault = find_name_fault(name, constraints)
        if fault:
            yield Breach(f"extensions.subjectAltName.{position}", fault)


RULE = CertificateRule(
    id="certificate.name_constraints_respected",
    requirement="Every alternative name is one that the issuer's name constraints allow.",
    citation="RFC 5280 §4.2.1.10, §6.1.3 (b), (c)",
    since=date(2008, 5, 1),
    severity=Severity.ERROR,
    applies_to=lambda certificate: certificate.issuer_certificate is not None,
    check=_check,
)
