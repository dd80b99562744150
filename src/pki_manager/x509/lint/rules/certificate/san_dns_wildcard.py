from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1.certificate_view import CertificateView
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach
from pki_manager.x509.lint.rulebook import CertificateRule


def _check(certificate: CertificateView) -> Iterator[Breach]:
    for position, name in certificate.dns_names:
        if "*" in name.removeprefix("*."):
            yield Breach(
                f"extensions.subjectAltName.{position}", f"{name!r} has a wildcard that is no whole leftmost label"
            )


RULE = CertificateRule(
    id="certificate.san_dns_wildcard",
    requirement="A wildcard is the whole leftmost label.",
    citation="RFC 9525 §6.3",
    since=date(2023, 11, 1),
    severity=Severity.ERROR,
    applies_to=lambda certificate: certificate.has_alt_names,
    check=_check,
)
