from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1.crl_view import CrlView
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach, Rule


def _check(crl: CrlView) -> Iterator[Breach]:
    for serial, code in crl.reasons:
        if code == 8:
            yield Breach("revokedCertificates", f"serial number {serial.hex()} has removeFromCRL in a full CRL")


RULE: Rule[CrlView] = Rule(
    id="crl.entry_reason_remove",
    requirement="The reason removeFromCRL is only in delta CRLs.",
    citation="RFC 5280 §5.3.1",
    since=date(2008, 5, 1),
    severity=Severity.ERROR,
    applies_to=lambda crl: crl.revoked is not None and not crl.is_delta,
    check=_check,
)
