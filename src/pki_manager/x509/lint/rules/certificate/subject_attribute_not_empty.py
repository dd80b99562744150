from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1.certificate_view import CertificateView
from pki_manager.x509.asn1.oid_octets import decode_oid
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach, applies_always
from pki_manager.x509.lint.rulebook import CertificateRule


def _check(certificate: CertificateView) -> Iterator[Breach]:
    for attribute in certificate.subject_attributes:
        if not attribute.value.strip(b" \0"):
            yield Breach(f"subject.{decode_oid(attribute.type)}", "the value is empty")


RULE = CertificateRule(
    id="certificate.subject_attribute_not_empty",
    requirement="No attribute of the subject is empty or blank.",
    citation="RFC 5280 Appendix A.1 (SIZE (1..MAX))",
    since=date(2008, 5, 1),
    severity=Severity.ERROR,
    applies_to=applies_always,
    check=_check,
)
