from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1.certificate_view import CertificateFrame
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach
from pki_manager.x509.lint.rulebook import FrameRule


def _check(certificate: CertificateFrame) -> Iterator[Breach]:
    issuer = certificate.issuer_certificate
    expected = issuer.subject_key_identifier if issuer else None
    found = certificate.authority_key_identifier
    if expected and found and found.key_id and found.key_id != expected:
        yield Breach("extensions.authorityKeyIdentifier", f"{found.key_id.hex()} is not the issuer's {expected.hex()}")


RULE = FrameRule(
    id="certificate.authority_key_identifier_match",
    requirement="authorityKeyIdentifier is the subjectKeyIdentifier of the issuer.",
    citation="RFC 5280 §4.2.1.1",
    since=date(2008, 5, 1),
    severity=Severity.ERROR,
    applies_to=lambda certificate: certificate.issuer_certificate is not None,
    check=_check,
)
