from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date

from pki_manager.x509.asn1.certificate_view import CertificateView
from pki_manager.x509.asn1.tlv import DerError
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach
from pki_manager.x509.lint.rulebook import CertificateRule

_DECODED: tuple[tuple[str, Callable[[CertificateView], object]], ...] = (
    ("basicConstraints", lambda certificate: certificate.frame.basic_constraints),
    ("keyUsage", lambda certificate: certificate.frame.key_usage),
    ("extKeyUsage", lambda certificate: certificate.frame.extended_key_usage),
    ("subjectAltName", lambda certificate: certificate.subject_alt_names),
    ("subjectKeyIdentifier", lambda certificate: certificate.subject_key_identifier),
    ("authorityKeyIdentifier", lambda certificate: certificate.frame.authority_key_identifier),
    ("nameConstraints", lambda certificate: certificate.frame.name_constraints),
    ("cRLDistributionPoints", lambda certificate: certificate.frame.distribution_points),
    ("freshestCRL", lambda certificate: certificate.frame.freshest_crl),
    ("certificatePolicies", lambda certificate: certificate.frame.policies),
    ("policyMappings", lambda certificate: certificate.frame.policy_mappings),
    ("policyConstraints", lambda certificate: certificate.frame.policy_constraints),
    ("inhibitAnyPolicy", lambda certificate: certificate.frame.inhibit_any_policy),
    ("issuerAltName", lambda certificate: certificate.frame.issuer_alt_names),
    ("authorityInfoAccess", lambda certificate: certificate.frame.authority_info_access),
)


def _check(certificate: CertificateView) -> Iterator[Breach]:
    for name, decode in _DECODED:
        try:
            decode(certificate)
        except DerError as error:
            yield Breach(f"extensions.{name}", f"not decodable: {error}")


RULE = CertificateRule(
    id="certificate.extension_encoding",
    requirement="Every extension that the rules know decodes as its definition says.",
    citation="RFC 5280 §4.2, X.690 §10",
    since=date(2008, 5, 1),
    severity=Severity.ERROR,
    applies_to=lambda certificate: bool(certificate.extensions),
    check=_check,
)
