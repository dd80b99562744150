from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1 import oid_octets, tlv
from pki_manager.x509.asn1.ocsp_view import OcspView
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach, Rule


def _check(ocsp: OcspView) -> Iterator[Breach]:
    for extension in ocsp.basic.extensions:
        if extension.oid == oid_octets.OCSP_NONCE:
            length = len(tlv.read_whole(extension.value, tlv.OCTET_STRING).value)
            if not 1 <= length <= 128:
                yield Breach("responseExtensions.nonce", f"the nonce has {length} octets")


RULE: Rule[OcspView] = Rule(
    id="ocsp.nonce_length",
    requirement="A nonce has 1 to 128 octets.",
    citation="RFC 9654 §2.1",
    since=date(2024, 8, 1),
    severity=Severity.ERROR,
    applies_to=lambda ocsp: ocsp.has_basic,
    check=_check,
)
