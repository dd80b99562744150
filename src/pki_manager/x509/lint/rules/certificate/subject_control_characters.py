from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1 import strings
from pki_manager.x509.asn1.certificate_view import CertificateView
from pki_manager.x509.asn1.oid_octets import decode_oid
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach, applies_always
from pki_manager.x509.lint.rulebook import CertificateRule


def _check(certificate: CertificateView) -> Iterator[Breach]:
    for kind, tag, value in certificate.subject_attributes:
        found = strings.find_invisible(tag, value)
        if found:
            yield Breach(f"subject.{decode_oid(kind)}", f"the value holds U+{ord(found):04X}")


RULE = CertificateRule(
    id="certificate.subject_control_characters",
    requirement="No attribute of the subject holds control, bidirectional or zero-width characters.",
    citation="RFC 4518 §2.2, §2.4",
    since=date(2006, 6, 1),
    severity=Severity.ERROR,
    applies_to=applies_always,
    check=_check,
)
