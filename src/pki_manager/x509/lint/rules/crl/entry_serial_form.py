from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1 import tlv
from pki_manager.x509.asn1.crl_view import CrlView
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach, Rule


def _check(crl: CrlView) -> Iterator[Breach]:
    for serial in crl.revoked.serials if crl.revoked else ():
        if len(serial) > 20 or tlv.decode_signed(serial) <= 0:
            yield Breach("revokedCertificates", f"{serial.hex()} is no serial number")


RULE: Rule[CrlView] = Rule(
    id="crl.entry_serial_form",
    requirement="Each serial number is a positive integer of at most 20 octets in its shortest form.",
    citation="RFC 5280 §4.1.2.2, §5.1.2.6",
    since=date(2008, 5, 1),
    severity=Severity.ERROR,
    applies_to=lambda crl: crl.revoked is not None,
    check=_check,
)
