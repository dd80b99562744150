from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1.crl_view import CrlView
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach, Rule


def _check(crl: CrlView) -> Iterator[Breach]:
    for place, extensions in crl.entry_extensions:
        if not extensions:
            yield Breach("revokedCertificates", f"serial number {place.serial.hex()} has an empty list of extensions")


RULE: Rule[CrlView] = Rule(
    id="crl.entry_extensions_not_empty",
    requirement="crlEntryExtensions is absent where an entry has no extension.",
    citation="RFC 5280 §5.1 (SIZE (1..MAX))",
    since=date(2008, 5, 1),
    severity=Severity.ERROR,
    applies_to=lambda crl: crl.revoked is not None,
    check=_check,
)
