from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.lint import oids
from pki_manager.x509.lint.crl import CrlView
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach, Rule
from pki_manager.x509.lint.structures import read_access_descriptions


def _check(crl: CrlView) -> Iterator[Breach]:
    methods = {access.method for access in read_access_descriptions(crl.by_oid[oids.AUTHORITY_INFO_ACCESS].value)}
    if methods != {oids.ACCESS_CA_ISSUERS}:
        yield Breach("crlExtensions.authorityInfoAccess", "caIssuers is missing or not alone")


RULE: Rule[CrlView] = Rule(
    id="crl.authority_info_access",
    requirement="authorityInfoAccess of a CRL has the method caIssuers, and no other.",
    citation="RFC 5280 §5.2.7",
    since=date(2008, 5, 1),
    severity=Severity.ERROR,
    applies_to=lambda crl: oids.AUTHORITY_INFO_ACCESS in crl.by_oid,
    check=_check,
)
