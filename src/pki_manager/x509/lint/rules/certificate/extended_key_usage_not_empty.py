from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1.certificate_view import CertificateFrame
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach
from pki_manager.x509.lint.rulebook import FrameRule


def _check(certificate: CertificateFrame) -> Iterator[Breach]:
    purposes = certificate.extended_key_usage or ()
    if not purposes:
        yield Breach("extensions.extKeyUsage", "no purpose is listed")
    if len(set(purposes)) != len(purposes):
        yield Breach("extensions.extKeyUsage", "a purpose is listed twice")


RULE = FrameRule(
    id="certificate.extended_key_usage_not_empty",
    requirement="extKeyUsage lists at least one purpose, none twice.",
    citation="RFC 5280 §4.2.1.12",
    since=date(2008, 5, 1),
    severity=Severity.ERROR,
    applies_to=lambda certificate: certificate.extended_key_usage is not None,
    check=_check,
)
