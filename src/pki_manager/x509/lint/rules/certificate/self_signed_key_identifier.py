from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1.certificate_view import CertificateView
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach, applies_always
from pki_manager.x509.lint.rulebook import CertificateRule


def _check(certificate: CertificateView) -> Iterator[Breach]:
    if not certificate.is_self_signed:
        return
    own, found = certificate.subject_key_identifier, certificate.frame.authority_key_identifier
    if own and found and found.key_id and found.key_id != own:
        yield Breach("extensions.authorityKeyIdentifier", "a self-signed certificate names another key as its issuer's")


RULE = CertificateRule(
    id="certificate.self_signed_key_identifier",
    requirement="The authorityKeyIdentifier of a self-signed certificate is its own subjectKeyIdentifier.",
    citation="RFC 5280 §4.2.1.1",
    since=date(2008, 5, 1),
    severity=Severity.ERROR,
    applies_to=applies_always,
    check=_check,
)
