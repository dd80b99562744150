from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1 import oid_octets
from pki_manager.x509.asn1.certificate_view import CertificateFrame
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach
from pki_manager.x509.lint.rulebook import FrameRule


def _check(certificate: CertificateFrame) -> Iterator[Breach]:
    purposes = set(certificate.extended_key_usage or ())
    if oid_octets.SERVER_AUTH not in purposes:
        yield Breach("extensions.extKeyUsage", "serverAuth is missing")
    if purposes - {oid_octets.SERVER_AUTH, oid_octets.CLIENT_AUTH}:
        yield Breach("extensions.extKeyUsage", "there is another purpose than serverAuth and clientAuth")


RULE = FrameRule(
    id="public_tls.purposes",
    requirement="extKeyUsage has serverAuth, and beside it clientAuth at most.",
    citation="CA/B Forum Baseline Requirements §7.1.2.7.10",
    since=date(2023, 9, 15),
    severity=Severity.ERROR,
    applies_to=lambda certificate: certificate.is_leaf,
    check=_check,
)
