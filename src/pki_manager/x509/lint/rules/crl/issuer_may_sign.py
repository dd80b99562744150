from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1.crl_view import CrlView
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach, Rule


def _check(crl: CrlView) -> Iterator[Breach]:
    issuer = crl.issuer_certificate
    if issuer is not None and issuer.key_usage is not None and "cRLSign" not in issuer.key_usage:
        yield Breach("issuer", "the issuer's key usage lacks cRLSign")


RULE: Rule[CrlView] = Rule(
    id="crl.issuer_may_sign",
    requirement="The issuer's key usage allows signing CRLs.",
    citation="RFC 5280 §6.3.3 (f)",
    since=date(2008, 5, 1),
    severity=Severity.ERROR,
    applies_to=lambda crl: crl.issuer_certificate is not None,
    check=_check,
)
