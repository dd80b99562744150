from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1 import text_forms
from pki_manager.x509.asn1.certificate_view import CertificateFrame
from pki_manager.x509.asn1.structures import DNS, EMAIL, IP, URI
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach
from pki_manager.x509.lint.rulebook import FrameRule
from pki_manager.x509.name_constraints import parse_ip_block


def _is_mail_base(text: str) -> bool:
    return text_forms.is_mailbox(text) if "@" in text else text_forms.is_host(text.removeprefix("."))


def _check(certificate: CertificateFrame) -> Iterator[Breach]:
    constraints = certificate.name_constraints
    for base, has_limits in (*constraints.permitted, *constraints.excluded) if constraints else ():
        if has_limits:
            yield Breach("extensions.nameConstraints", "a subtree writes out minimum or maximum")
        if base.choice == DNS and base.value and not text_forms.is_host(text_forms.escape_octets(base.value)):
            yield Breach("extensions.nameConstraints", f"{text_forms.escape_octets(base.value)!r} is no DNS name")
        if base.choice == EMAIL and not _is_mail_base(text_forms.escape_octets(base.value)):
            yield Breach(
                "extensions.nameConstraints", f"{text_forms.escape_octets(base.value)!r} is no mailbox, host or domain"
            )
        if base.choice == URI and not text_forms.is_host(text_forms.escape_octets(base.value).removeprefix(".")):
            yield Breach("extensions.nameConstraints", f"{text_forms.escape_octets(base.value)!r} is no host or domain")
        if base.choice == IP and parse_ip_block(base.value) is None:
            yield Breach("extensions.nameConstraints", f"{base.value.hex()} is no block of addresses")


RULE = FrameRule(
    id="certificate.name_constraints_subtree",
    requirement="A subtree has no minimum or maximum; it is a DNS name, an address with a contiguous mask, and so on.",
    citation="RFC 5280 §4.2.1.10",
    since=date(2008, 5, 1),
    severity=Severity.ERROR,
    applies_to=lambda certificate: certificate.name_constraints is not None,
    check=_check,
)
