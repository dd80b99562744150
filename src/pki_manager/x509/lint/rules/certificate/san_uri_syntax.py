from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1 import text_forms
from pki_manager.x509.asn1.certificate_view import CertificateView
from pki_manager.x509.asn1.structures import URI
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach
from pki_manager.x509.lint.rulebook import CertificateRule


def _check(certificate: CertificateView) -> Iterator[Breach]:
    for position, (choice, value) in enumerate(certificate.subject_alt_names or ()):
        if choice == URI and not text_forms.is_absolute_uri(text_forms.escape_octets(value)):
            yield Breach(
                f"extensions.subjectAltName.{position}", f"{text_forms.escape_octets(value)!r} is no absolute URI"
            )


RULE = CertificateRule(
    id="certificate.san_uri_syntax",
    requirement="A uniformResourceIdentifier is absolute, with a scheme and something after it.",
    citation="RFC 5280 §4.2.1.6, RFC 3986 §4.3",
    since=date(2008, 5, 1),
    severity=Severity.ERROR,
    applies_to=lambda certificate: certificate.has_alt_names,
    check=_check,
)
