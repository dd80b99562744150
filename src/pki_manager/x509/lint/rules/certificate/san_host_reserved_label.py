from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from urllib.parse import urlsplit

from pki_manager.x509.asn1 import text_forms
from pki_manager.x509.asn1.certificate_view import CertificateView
from pki_manager.x509.asn1.structures import EMAIL, URI
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach
from pki_manager.x509.lint.rulebook import CertificateRule


def _host(choice: int, text: str) -> str:
    if choice == EMAIL:
        return text.rpartition("@")[2]
    try:
        return (urlsplit(text).hostname or "") if choice == URI else ""
    except ValueError:
        return ""


def _check(certificate: CertificateView) -> Iterator[Breach]:
    for position, (choice, value) in enumerate(certificate.subject_alt_names or ()):
        for label in _host(choice, text_forms.escape_octets(value)).lower().split("."):
            if text_forms.is_reserved_label(label):
                yield Breach(f"extensions.subjectAltName.{position}", f"{label!r} is a reserved label")


RULE = CertificateRule(
    id="certificate.san_host_reserved_label",
    requirement="In the host of a mailbox or URI a label with hyphens in the third and fourth place is an A-label.",
    citation="RFC 9549 §2.3, RFC 9598 §4",
    since=date(2024, 5, 1),
    severity=Severity.ERROR,
    applies_to=lambda certificate: certificate.has_alt_names,
    check=_check,
)
