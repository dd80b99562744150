from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1 import oid_octets, text_forms
from pki_manager.x509.asn1.crl_view import CrlView
from pki_manager.x509.asn1.structures import URI, read_distribution_points
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach, Rule


def _check(crl: CrlView) -> Iterator[Breach]:
    found = [
        name for point in read_distribution_points(crl.by_oid[oid_octets.FRESHEST_CRL].value) for name in point.names
    ]
    if crl.is_delta:
        yield Breach("crlExtensions.freshestCRL", "freshestCRL in a delta CRL")
    uris = [text_forms.escape_octets(name.value) for name in found if name.choice == URI]
    if not found or not all(text_forms.is_absolute_uri(uri) for uri in uris):
        yield Breach("crlExtensions.freshestCRL", "no point has a name, or one that is no absolute URI")


RULE: Rule[CrlView] = Rule(
    id="crl.freshest_crl",
    requirement="freshestCRL lists absolute URIs, and not in a delta CRL.",
    citation="RFC 5280 §5.2.6",
    since=date(2008, 5, 1),
    severity=Severity.ERROR,
    applies_to=lambda crl: oid_octets.FRESHEST_CRL in crl.by_oid,
    check=_check,
)
