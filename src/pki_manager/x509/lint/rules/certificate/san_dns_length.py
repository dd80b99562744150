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
        if len(name) > text_forms.MAX_NAME or any(len(label) > 63 for label in name.split(".")):
            yield Breach(f"extensions.subjectAltName.{position}", f"{name[:80]!r} or a label of it is too long")


RULE = CertificateRule(
    id="certificate.san_dns_length",
    requirement="A dNSName has at most 253 characters, each label 1 to 63.",
    citation="RFC 1034 §3.1",
    since=date(1987, 11, 1),
    severity=Severity.ERROR,
    applies_to=lambda certificate: certificate.has_alt_names,
    check=_check,
)
