from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from datetime import date

from pki_manager.x509.lint import checks, names, oids
from pki_manager.x509.lint.certificate import CertificateView
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach
from pki_manager.x509.lint.rulebook import CertificateRule
from pki_manager.x509.lint.structures import IP, GeneralName


def _text(name: GeneralName) -> str:
    if name.choice == IP and len(name.value) in (4, 16):
        return str(ipaddress.ip_address(name.value))
    return checks.text_of(name.value).lower()


def _check(certificate: CertificateView) -> Iterator[Breach]:
    attributes = certificate.subject_attributes
    found = [names.text(tag, value) or "" for kind, tag, value in attributes if kind == oids.COMMON_NAME]
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
