from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1 import text_forms
from pki_manager.x509.asn1.certificate_view import CertificateView
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach
from pki_manager.x509.lint.rulebook import CertificateRule


def _check(certificate: CertificateView) -> Iterator[Breach]:
    for position, name in certificate.dns_names:
        if text_forms.is_ip_address(name):
            yield Breach(f"extensions.subjectAltName.{position}", f"{name!r} is an IP address in a dNSName")


RULE = CertificateRule(
    id="certificate.san_dns_ip_address",
    requirement="An IP address is not put into a dNSName.",
    citation="RFC 5280 §4.2.1.6",
    since=date(2008, 5, 1),
    severity=Severity.ERROR,
    applies_to=lambda certificate: certificate.has_alt_names,
    check=_check,
)
