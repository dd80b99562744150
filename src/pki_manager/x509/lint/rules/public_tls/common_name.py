from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1 import oid_octets, strings, text_forms
from pki_manager.x509.asn1.certificate_view import CertificateView
from pki_manager.x509.asn1.structures import IP, GeneralName
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach
from pki_manager.x509.lint.rulebook import CertificateRule


def _text(name: GeneralName) -> str:
    if name.choice == IP and len(name.value) in (4, 16):
        return str(ipaddress.ip_address(name.value))
    return text_forms.escape_octets(name.value).lower()


def _check(certificate: CertificateView) -> Iterator[Breach]:
    attributes = certificate.subject_attributes
    found = [
        strings.decode_string(tag, value) or "" for kind, tag, value in attributes if kind == oid_octets.COMMON_NAME
    ]
    if len(found) > 1:
        yield Breach("subject.commonName", "there are several")
    listed = {_text(name) for name in certificate.subject_alt_names or ()}
    for text in found:
        if text.lower() not in listed:
            yield Breach("subject.commonName", f"{text!r} is not among the alternative names")


RULE = CertificateRule(
    id="public_tls.common_name",
    requirement="There is at most one common name, and it is one of the alternative names.",
    citation="CA/B Forum Baseline Requirements §7.1.4.3",
    since=date(2023, 9, 15),
    severity=Severity.ERROR,
    applies_to=lambda certificate: certificate.is_leaf,
    check=_check,
)
