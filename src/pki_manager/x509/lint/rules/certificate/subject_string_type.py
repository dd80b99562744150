from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1 import strings, tlv
from pki_manager.x509.asn1.certificate_view import CertificateView
from pki_manager.x509.asn1.oid_octets import decode_oid, encode_oid
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach, applies_always
from pki_manager.x509.lint.rulebook import CertificateRule

_DIRECTORY_STRING = (tlv.PRINTABLE_STRING, tlv.UTF8_STRING)
_TYPES = {
    encode_oid("2.5.4.5"): (tlv.PRINTABLE_STRING,),
    encode_oid("2.5.4.6"): (tlv.PRINTABLE_STRING,),
    encode_oid("2.5.4.46"): (tlv.PRINTABLE_STRING,),
    encode_oid("0.9.2342.19200300.100.1.25"): (tlv.IA5_STRING,),
    encode_oid("1.2.840.113549.1.9.1"): (tlv.IA5_STRING,),
    encode_oid("2.5.4.45"): (tlv.BIT_STRING,),
    encode_oid("1.3.6.1.5.5.7.9.1"): (tlv.GENERALIZED_TIME,),
}


def _check(certificate: CertificateView) -> Iterator[Breach]:
    for kind, tag, value in certificate.subject_attributes:
        if tag not in _TYPES.get(kind, _DIRECTORY_STRING):
            yield Breach(f"subject.{decode_oid(kind)}", f"string type 0x{tag:02x} is not allowed for this attribute")
        elif strings.decode_string(tag, value) is None:
            yield Breach(f"subject.{decode_oid(kind)}", "the octets are not of the string type that encloses them")


RULE = CertificateRule(
    id="certificate.subject_string_type",
    requirement="Attributes are PrintableString or UTF8String, or the one type that their definition names.",
    citation="RFC 5280 §4.1.2.4, Appendix A.1",
    since=date(2008, 5, 1),
    severity=Severity.ERROR,
    applies_to=applies_always,
    check=_check,
)
