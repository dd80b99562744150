from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1 import oid_octets, text_forms
from pki_manager.x509.asn1.certificate_view import CertificateView
from pki_manager.x509.asn1.structures import EMAIL
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach, applies_always
from pki_manager.x509.lint.rulebook import CertificateRule


def _check(certificate: CertificateView) -> Iterator[Breach]:
    listed = {value.lower() for choice, value in certificate.subject_alt_names or () if choice == EMAIL}
    for kind, _, value in certificate.subject_attributes:
        if kind == oid_octets.EMAIL_ADDRESS and value.lower() not in listed:
            yield Breach(
                "subject.emailAddress", f"{text_forms.escape_octets(value)!r} is not among the alternative names"
            )


RULE = CertificateRule(
    id="certificate.subject_email_in_san",
    requirement="An email address in the subject is also an alternative name.",
    citation="RFC 5280 §4.1.2.6",
    since=date(2008, 5, 1),
    severity=Severity.ERROR,
    applies_to=applies_always,
    check=_check,
)
