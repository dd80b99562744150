from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1 import oid_octets
from pki_manager.x509.asn1.ocsp_view import OcspView
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach, Rule


def _check(ocsp: OcspView) -> Iterator[Breach]:
    if ocsp.response_type != oid_octets.OCSP_BASIC:
        yield Breach("responseBytes.responseType", f"the type is {oid_octets.decode_oid(ocsp.response_type or b'')}")


RULE: Rule[OcspView] = Rule(
    id="ocsp.response_type",
    requirement="The response is of the type id-pkix-ocsp-basic.",
    citation="RFC 6960 §4.2.1",
    since=date(2013, 6, 1),
    severity=Severity.ERROR,
    applies_to=lambda ocsp: ocsp.has_basic,
    check=_check,
)
