from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1 import strings
from pki_manager.x509.asn1.certificate_view import CertificateView
from pki_manager.x509.asn1.oid_octets import encode_oid
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach, applies_always
from pki_manager.x509.lint.rulebook import CertificateRule

_UPPER_BOUNDS = {
    encode_oid("2.5.4.3"): ("commonName", 64),
    encode_oid("2.5.4.4"): ("surname", 32768),
    encode_oid("2.5.4.5"): ("serialNumber", 64),
    encode_oid("2.5.4.7"): ("localityName", 128),
    encode_oid("2.5.4.8"): ("stateOrProvinceName", 128),
    encode_oid("2.5.4.10"): ("organizationName", 64),
    encode_oid("2.5.4.11"): ("organizationalUnitName", 64),
    encode_oid("2.5.4.12"): ("title", 64),
    encode_oid("2.5.4.41"): ("name", 32768),
    encode_oid("2.5.4.42"): ("givenName", 32768),
    encode_oid("2.5.4.43"): ("initials", 32768),
    encode_oid("2.5.4.44"): ("generationQualifier", 32768),
    encode_oid("2.5.4.65"): ("pseudonym", 128),
    encode_oid("1.2.840.113549.1.9.1"): ("emailAddress", 255),
}


def _check(certificate: CertificateView) -> Iterator[Breach]:
    for kind, tag, value in certificate.subject_attributes:
        name, bound = _UPPER_BOUNDS.get(kind, ("", 0))
        length = len(value) if len(value) <= bound else strings.count_characters(tag, value)
        if name and length > bound:
            yield Breach(f"subject.{name}", f"{length} characters are more than {bound}")


RULE = CertificateRule(
    id="certificate.subject_attribute_length",
    requirement="No attribute of the subject is longer than its upper bound.",
    citation="RFC 5280 Appendix A.1 (upper bounds)",
    since=date(2008, 5, 1),
    severity=Severity.ERROR,
    applies_to=applies_always,
    check=_check,
)
