from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1 import oid_octets
from pki_manager.x509.asn1.certificate_view import CertificateFrame
from pki_manager.x509.asn1.structures import URI
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach
from pki_manager.x509.lint.rulebook import FrameRule


def _check(certificate: CertificateFrame) -> Iterator[Breach]:
    locations = certificate.authority_info_access or ()
    choices = {location.choice for method, location in locations if method == oid_octets.ACCESS_CA_ISSUERS}
    if choices and URI not in choices:
        yield Breach("extensions.authorityInfoAccess", "no location of caIssuers is a URI")


RULE = FrameRule(
    id="certificate.authority_info_access_ca_issuers",
    requirement="At least one location of caIssuers is a URI.",
    citation="RFC 5280 §4.2.2.1",
    since=date(2008, 5, 1),
    severity=Severity.WARNING,
    applies_to=lambda certificate: certificate.authority_info_access is not None,
    check=_check,
)
