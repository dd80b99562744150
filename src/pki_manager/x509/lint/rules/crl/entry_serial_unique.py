from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1 import oid_octets
from pki_manager.x509.asn1.crl_view import CrlView
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach, Rule


def _is_indirect(crl: CrlView) -> bool:
    return any(
        extension.oid == oid_octets.CERTIFICATE_ISSUER
        for _, extensions in crl.entry_extensions
        for extension in extensions
    )


def _check(crl: CrlView) -> Iterator[Breach]:
    # In an indirect CRL (certificateIssuer entries) different issuers may share a serial number.
    repeated = crl.revoked.repeated if crl.revoked else frozenset()
    for serial in () if repeated and _is_indirect(crl) else sorted(repeated):
        yield Breach("revokedCertificates", f"serial number {serial.hex()} is listed more than once")


RULE: Rule[CrlView] = Rule(
    id="crl.entry_serial_unique",
    requirement="No serial number is listed twice.",
    citation="RFC 5280 §5.1.2.6, §5.3.3",
    since=date(2008, 5, 1),
    severity=Severity.ERROR,
    applies_to=lambda crl: crl.revoked is not None,
    check=_check,
)
