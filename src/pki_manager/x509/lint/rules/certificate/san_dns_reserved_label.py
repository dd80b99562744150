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
        for label in name.lower().split("."):
            if text_forms.is_reserved_label(label):
                yield Breach(f"extensions.subjectAltName.{position}", f"{label!r} is a reserved label")


RULE = CertificateRule(
    id="certificate.san_dns_reserved_label",
    requirement="A label with hyphens in the third and fourth place is an A-label: canonical Punycode of NFC text.",
    citation="RFC 5890 §2.3.1, §2.3.2.1, RFC 9549 §2.2",
    since=date(2010, 8, 1),
    severity=Severity.ERROR,
    applies_to=lambda certificate: certificate.has_alt_names,
    check=_check,
)
