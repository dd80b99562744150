from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1.certificate_view import CertificateView
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach
from pki_manager.x509.lint.rulebook import CertificateRule


def _check(certificate: CertificateView) -> Iterator[Breach]:
    names = certificate.subject_alt_names or ()
    if not names:
        yield Breach("extensions.subjectAltName", "there is no name")
    for position, name in enumerate(names):
        if not name.value.strip():
            yield Breach(f"extensions.subjectAltName.{position}", "the name is empty")


RULE = CertificateRule(
    id="certificate.san_not_empty",
    requirement="subjectAltName holds at least one name, and none of them is empty.",
    citation="RFC 5280 §4.2.1.6",
    since=date(2008, 5, 1),
    severity=Severity.ERROR,
    applies_to=lambda certificate: certificate.has_alt_names,
    check=_check,
)
