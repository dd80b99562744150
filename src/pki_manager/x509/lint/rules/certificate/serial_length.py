from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1.certificate_view import CertificateView
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach, applies_always
from pki_manager.x509.lint.rulebook import CertificateRule


def _check(certificate: CertificateView) -> Iterator[Breach]:
    if len(certificate.serial) > 20:
        yield Breach("serialNumber", f"the serial number has {len(certificate.serial)} octets")


RULE = CertificateRule(
    id="certificate.serial_length",
    requirement="The serial number has at most 20 octets.",
    citation="RFC 5280 §4.1.2.2",
    since=date(2008, 5, 1),
    severity=Severity.ERROR,
    applies_to=applies_always,
    check=_check,
)
