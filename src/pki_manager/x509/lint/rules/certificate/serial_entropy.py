from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1.certificate_view import CertificateView
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach, applies_always
from pki_manager.x509.lint.rulebook import CertificateRule


def _check(certificate: CertificateView) -> Iterator[Breach]:
    if len(certificate.serial) < 8:
        yield Breach("serialNumber", f"{len(certificate.serial)} octets cannot hold 64 random bits")


RULE = CertificateRule(
    id="certificate.serial_entropy",
    requirement="The serial number has room for 64 random bits.",
    citation="CA/B Forum Baseline Requirements §7.1 (Ballot 164)",
    since=date(2016, 9, 30),
    severity=Severity.ERROR,
    applies_to=applies_always,
    check=_check,
)
