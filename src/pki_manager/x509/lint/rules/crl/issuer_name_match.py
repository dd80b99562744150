from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1.crl_view import CrlView
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach, Rule


def _check(crl: CrlView) -> Iterator[Breach]:
    issuer = crl.issuer_certificate
    if issuer is not None and issuer.subject != crl.issuer:
        yield Breach("issuer", "the issuer is not encoded as the subject of the issuer's certificate")


RULE: Rule[CrlView] = Rule(
    id="crl.issuer_name_match",
    requirement="The issuer is, byte for byte, the subject of the issuer's certificate.",
    citation="RFC 5280 §5.1.2.3, §6.3.3 (b)",
    since=date(2008, 5, 1),
    severity=Severity.ERROR,
    applies_to=lambda crl: crl.issuer_certificate is not None,
    check=_check,
)
