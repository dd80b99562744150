from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1.crl_view import CrlView
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach, Rule


def _check(crl: CrlView) -> Iterator[Breach]:
    issuer = crl.issuer_certificate
    expected = issuer.subject_key_identifier if issuer else None
    found = crl.authority_key_identifier
    if expected and found and found.key_id and found.key_id != expected:
        yield Breach(
            "crlExtensions.authorityKeyIdentifier", f"{found.key_id.hex()} is not the issuer's {expected.hex()}"
        )


RULE: Rule[CrlView] = Rule(
    id="crl.authority_key_identifier_match",
    requirement="authorityKeyIdentifier is the subjectKeyIdentifier of the issuer.",
    citation="RFC 5280 §5.2.1",
    since=date(2008, 5, 1),
    severity=Severity.ERROR,
    applies_to=lambda crl: crl.issuer_certificate is not None,
    check=_check,
)
