from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1.certificate_view import CertificateView
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach
from pki_manager.x509.lint.rulebook import CertificateRule


def _check(certificate: CertificateView) -> Iterator[Breach]:
    for position, name in certificate.dns_names:
        if name.endswith("."):
            yield Breach(f"extensions.subjectAltName.{position}", f"{name!r} ends in a dot")


RULE = CertificateRule(
    id="certificate.san_dns_trailing_dot",
    requirement="A dNSName does not end in a dot.",
    citation="RFC 5280 §4.2.1.6, RFC 1034 §3.5",
    since=date(2008, 5, 1),
    severity=Severity.ERROR,
    applies_to=lambda certificate: certificate.has_alt_names,
    check=_check,
)
