from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1.crl_view import CrlView
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach, Rule


def _check(crl: CrlView) -> Iterator[Breach]:
    if crl.revoked and not crl.revoked.count:
        yield Breach("revokedCertificates", "the list is present and empty")


RULE: Rule[CrlView] = Rule(
    id="crl.revoked_not_empty",
    requirement="revokedCertificates is absent when nothing is revoked.",
    citation="RFC 5280 §5.1.2.6",
    since=date(2008, 5, 1),
    severity=Severity.ERROR,
    applies_to=lambda crl: crl.revoked is not None,
    check=_check,
)
