from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1.certificate_view import CertificateView
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach, applies_always
from pki_manager.x509.lint.rulebook import CertificateRule


def _check(certificate: CertificateView) -> Iterator[Breach]:
    if certificate.is_self_signed:
        return
    identifier = certificate.frame.authority_key_identifier
    if identifier is None or not identifier.key_id:
        yield Breach("extensions.authorityKeyIdentifier", "there is no key identifier of the issuer")


RULE = CertificateRule(
    id="certificate.authority_key_identifier_present",
    requirement="authorityKeyIdentifier with a key identifier is present unless self-signed.",
    citation="RFC 5280 §4.2.1.1",
    since=date(2008, 5, 1),
    severity=Severity.ERROR,
    applies_to=applies_always,
    check=_check,
)
