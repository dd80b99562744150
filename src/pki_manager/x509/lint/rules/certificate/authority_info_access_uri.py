from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1 import oid_octets, text_forms
from pki_manager.x509.asn1.certificate_view import CertificateFrame
from pki_manager.x509.asn1.structures import URI
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach
from pki_manager.x509.lint.rulebook import FrameRule


def _check(certificate: CertificateFrame) -> Iterator[Breach]:
    locations = certificate.authority_info_access or ()
    if not locations:
        yield Breach("extensions.authorityInfoAccess", "no location is listed")
    for method, (choice, value) in locations:
        if choice != URI and method == oid_octets.ACCESS_CA_ISSUERS:
            continue
        if choice != URI or not text_forms.is_http_uri(text_forms.escape_octets(value)):
            yield Breach(
                "extensions.authorityInfoAccess", f"{text_forms.escape_octets(value)!r} is no absolute http URI"
            )


RULE = FrameRule(
    id="certificate.authority_info_access_uri",
    requirement="URIs of authorityInfoAccess are absolute http URIs; only caIssuers has other locations.",
    citation="RFC 5280 §4.2.2.1, RFC 3986 §3",
    since=date(2008, 5, 1),
    severity=Severity.ERROR,
    applies_to=lambda certificate: certificate.authority_info_access is not None,
    check=_check,
)
