from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1.certificate_view import CertificateFrame
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach
from pki_manager.x509.lint.rulebook import FrameRule


def _check(certificate: CertificateFrame) -> Iterator[Breach]:
    if (certificate.key_usage or frozenset()) & {"keyEncipherment", "dataEncipherment"}:
        yield Breach("extensions.keyUsage", "a key that signs certificates or CRLs also enciphers")


RULE = FrameRule(
    id="certificate.key_usage_ca_enciphers",
    requirement="An RSA key that signs certificates or CRLs enciphers nothing.",
    citation="RFC 3279 §2.3.1",
    since=date(2002, 4, 1),
    severity=Severity.WARNING,
    applies_to=lambda certificate: bool((certificate.key_usage or frozenset()) & {"keyCertSign", "cRLSign"}),
    check=_check,
)
