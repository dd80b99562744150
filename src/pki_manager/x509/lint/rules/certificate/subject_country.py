from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1 import oid_octets, tlv
from pki_manager.x509.asn1.certificate_view import CertificateView
from pki_manager.x509.asn1.structures import Attribute
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach, applies_always
from pki_manager.x509.lint.rulebook import CertificateRule


def _is_code(attribute: Attribute) -> bool:
    value = attribute.value
    return attribute.tag == tlv.PRINTABLE_STRING and len(value) == 2 and value.isalpha() and value.isupper()


def _check(certificate: CertificateView) -> Iterator[Breach]:
    for attribute in certificate.subject_attributes:
        if attribute.type == oid_octets.COUNTRY and not _is_code(attribute):
            yield Breach("subject.countryName", f"{attribute.value!r} is not two capital letters in a PrintableString")


RULE = CertificateRule(
    id="certificate.subject_country",
    requirement="countryName is a two-letter PrintableString.",
    citation="RFC 5280 Appendix A.1 (X520countryName)",
    since=date(2008, 5, 1),
    severity=Severity.ERROR,
    applies_to=applies_always,
    check=_check,
)
