from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1.certificate_view import CertificateFrame
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach
from pki_manager.x509.lint.rulebook import FrameRule


def _check(certificate: CertificateFrame) -> Iterator[Breach]:
    identifier = certificate.authority_key_identifier
    if identifier is not None and identifier.has_issuer != identifier.has_serial:
        yield Breach("extensions.authorityKeyIdentifier", "one of authorityCertIssuer and its serial number is alone")


RULE = FrameRule(
    id="certificate.authority_key_identifier_pair",
    requirement="authorityCertIssuer and authorityCertSerialNumber are both present or both absent.",
    citation="RFC 5280 Appendix A.2",
    since=date(2008, 5, 1),
    severity=Severity.ERROR,
    applies_to=lambda certificate: certificate.authority_key_identifier is not None,
    check=_check,
)
