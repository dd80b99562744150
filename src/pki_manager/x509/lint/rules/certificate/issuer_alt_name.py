from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1 import text_forms
from pki_manager.x509.asn1.certificate_view import CertificateFrame
from pki_manager.x509.asn1.structures import DNS, EMAIL, URI
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach
from pki_manager.x509.lint.rulebook import FrameRule

_SYNTAX = {DNS: text_forms.is_host, EMAIL: text_forms.is_mailbox, URI: text_forms.is_absolute_uri}


def _check(certificate: CertificateFrame) -> Iterator[Breach]:
    found = certificate.issuer_alt_names or ()
    if not found:
        yield Breach("extensions.issuerAltName", "there is no name")
    for choice, value in found:
        right = _SYNTAX.get(choice)
        if not value or (right is not None and not right(text_forms.escape_octets(value))):
            yield Breach(
                "extensions.issuerAltName", f"{text_forms.escape_octets(value)!r} is not in the syntax of its kind"
            )


RULE = FrameRule(
    id="certificate.issuer_alt_name",
    requirement="issuerAltName holds at least one name; each is a DNS name, mailbox or absolute URI in its syntax.",
    citation="RFC 5280 §4.2.1.7, §4.2.1.6",
    since=date(2008, 5, 1),
    severity=Severity.ERROR,
    applies_to=lambda certificate: certificate.issuer_alt_names is not None,
    check=_check,
)
