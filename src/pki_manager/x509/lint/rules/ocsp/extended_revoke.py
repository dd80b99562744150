from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1 import oid_octets
from pki_manager.x509.asn1.ocsp_view import OcspView
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach, Rule


def _check(ocsp: OcspView) -> Iterator[Breach]:
    for extension in ocsp.basic.extensions:
        if extension.oid == oid_octets.OCSP_EXTENDED_REVOKE and extension.value != b"\x05\x00":
            yield Breach("responseExtensions.extendedRevoke", "the value is not NULL")


RULE: Rule[OcspView] = Rule(
    id="ocsp.extended_revoke",
    requirement="The extension for extended revoked definitions has the value NULL.",
    citation="RFC 6960 §4.4.8",
    since=date(2013, 6, 1),
    severity=Severity.ERROR,
    applies_to=lambda ocsp: ocsp.has_basic,
    check=_check,
)
