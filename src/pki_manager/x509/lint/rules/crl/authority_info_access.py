from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1 import oid_octets
from pki_manager.x509.asn1.crl_view import CrlView
from pki_manager.x509.asn1.structures import read_access_descriptions
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach, Rule


def _check(crl: CrlView) -> Iterator[Breach]:
    methods = {access.method for access in read_access_descriptions(crl.by_oid[oid_octets.AUTHORITY_INFO_ACCESS].value)}
    if methods != {oid_octets.ACCESS_CA_ISSUERS}:
        yield Breach("crlExtensions.authorityInfoAccess", "caIssuers is missing or not alone")


RULE: Rule[CrlView] = Rule(
    id="crl.authority_info_access",
    requirement="authorityInfoAccess of a CRL has the method caIssuers, and no other.",
    citation="RFC 5280 §5.2.7",
    since=date(2008, 5, 1),
    severity=Severity.ERROR,
    applies_to=lambda crl: oid_octets.AUTHORITY_INFO_ACCESS in crl.by_oid,
    check=_check,
)
