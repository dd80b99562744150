from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1 import oid_octets, strings
from pki_manager.x509.asn1.certificate_view import CertificateView
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach, applies_always
from pki_manager.x509.lint.rulebook import CertificateRule


def _check(certificate: CertificateView) -> Iterator[Breach]:
    for kind, tag, value in certificate.subject_attributes:
        text = strings.decode_string(tag, value) or ""
        if text != text.strip(" "):
            yield Breach(f"subject.{oid_octets.decode_oid(kind)}", f"{text!r} begins or ends with a space")


RULE = CertificateRule(
    id="certificate.subject_whitespace",
    requirement="No attribute of the subject begins or ends with a space.",
    citation="RFC 4518 §2.6.1",
    since=date(2006, 6, 1),
    severity=Severity.WARNING,
    applies_to=applies_always,
    check=_check,
)
