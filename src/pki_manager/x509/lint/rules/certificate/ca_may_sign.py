from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1.certificate_view import CertificateFrame
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach
from pki_manager.x509.lint.rulebook import FrameRule


def _check(certificate: CertificateFrame) -> Iterator[Breach]:
    if "keyCertSign" not in (certificate.key_usage or ()):
        yield Breach("extensions.keyUsage", "a CA without keyCertSign")


RULE = FrameRule(
    id="certificate.ca_may_sign",
    requirement="A CA has keyUsage with keyCertSign.",
    citation="RFC 5280 §4.2.1.3, §4.2.1.9",
    since=date(2008, 5, 1),
    severity=Severity.ERROR,
    applies_to=lambda certificate: certificate.is_ca,
    check=_check,
)
