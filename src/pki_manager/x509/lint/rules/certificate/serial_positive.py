from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1 import tlv
from pki_manager.x509.asn1.certificate_view import CertificateView
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach, applies_always
from pki_manager.x509.lint.rulebook import CertificateRule


def _check(certificate: CertificateView) -> Iterator[Breach]:
    if tlv.decode_signed(certificate.serial) <= 0:
        yield Breach("serialNumber", "the serial number is not positive")


RULE = CertificateRule(
    id="certificate.serial_positive",
    requirement="The serial number is a positive integer in its shortest form.",
    citation="RFC 5280 §4.1.2.2",
    since=date(2008, 5, 1),
    severity=Severity.ERROR,
    applies_to=applies_always,
    check=_check,
)
