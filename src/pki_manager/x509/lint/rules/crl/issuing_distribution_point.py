from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1 import text_forms
from pki_manager.x509.asn1.crl_view import CrlView
from pki_manager.x509.asn1.structures import URI
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach, Rule


def _check(crl: CrlView) -> Iterator[Breach]:
    point = crl.issuing_distribution_point
    if point is None:
        return
    if not point.fields:
        yield Breach("crlExtensions.issuingDistributionPoint", "it is empty")
    if point.kinds > 1:
        yield Breach("crlExtensions.issuingDistributionPoint", "it is limited to more than one kind of certificate")
    if point.explicit_false:
        yield Breach("crlExtensions.issuingDistributionPoint", "a default of FALSE is written out")
    for choice, value in point.names:
        if choice == URI and not text_forms.is_absolute_uri(text_forms.escape_octets(value)):
            yield Breach(
                "crlExtensions.issuingDistributionPoint", f"{text_forms.escape_octets(value)!r} is no absolute URI"
            )


RULE: Rule[CrlView] = Rule(
    id="crl.issuing_distribution_point",
    requirement="issuingDistributionPoint is not empty, names one kind of certificate at most, and absolute URIs.",
    citation="RFC 5280 §5.2.5",
    since=date(2008, 5, 1),
    severity=Severity.ERROR,
    applies_to=lambda crl: crl.issuing_distribution_point is not None,
    check=_check,
)
