from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1.crl_view import CrlView
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach, Rule, applies_always


def _check(crl: CrlView) -> Iterator[Breach]:
    identifier = crl.authority_key_identifier
    if identifier is None or not identifier.key_id:
        yield Breach("crlExtensions.authorityKeyIdentifier", "there is no key identifier of the issuer")


RULE: Rule[CrlView] = Rule(
    id="crl.authority_key_identifier_present",
    requirement="authorityKeyIdentifier with a key identifier is present.",
    citation="RFC 5280 §5.2.1",
    since=date(2008, 5, 1),
    severity=Severity.ERROR,
    applies_to=applies_always,
    check=_check,
)
