from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1 import oid_octets, strings, text_forms
from pki_manager.x509.asn1.certificate_view import CertificateView
from pki_manager.x509.asn1.structures import DNS, IP
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach
from pki_manager.x509.lint.rulebook import CertificateRule


def _is_listed(text: str, listed: set[tuple[int, bytes]]) -> bool:
    """Return whether the name is listed. Text that does not look like a host name or address need not be listed."""
    if text_forms.is_ip_address(text):
        return (IP, ipaddress.ip_address(text).packed) in listed
    return not text_forms.looks_like_dns(text) or (DNS, text.lower().encode()) in listed


def _check(certificate: CertificateView) -> Iterator[Breach]:
    listed = {(choice, value.lower()) for choice, value in certificate.subject_alt_names or ()}
    for kind, tag, value in certificate.subject_attributes:
        if kind == oid_octets.COMMON_NAME and not _is_listed(strings.decode_string(tag, value) or "", listed):
            yield Breach(
                "subject.commonName", f"{strings.decode_string(tag, value)!r} is not among the alternative names"
            )


RULE = CertificateRule(
    id="certificate.common_name_in_san",
    requirement="A common name that looks like a DNS name or an IP address is among the alternative names.",
    citation="RFC 9525 §2, §6.1, CA/B Forum Baseline Requirements §7.1.4.3",
    since=date(2023, 9, 15),
    severity=Severity.WARNING,
    applies_to=lambda certificate: certificate.is_leaf,
    check=_check,
)
