from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1 import oid_octets
from pki_manager.x509.asn1.certificate_view import CertificateFrame
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach
from pki_manager.x509.lint.rulebook import FrameRule


def _check(certificate: CertificateFrame) -> Iterator[Breach]:
    purposes = certificate.extended_key_usage or ()
    if oid_octets.ANY_EXTENDED_KEY_USAGE in purposes and len(purposes) > 1:
        yield Breach("extensions.extKeyUsage", "anyExtendedKeyUsage makes the other purposes meaningless")


RULE = FrameRule(
    id="certificate.extended_key_usage_any",
    requirement="anyExtendedKeyUsage is not listed, because it includes every purpose.",
    citation="CA/B Forum Baseline Requirements §7.1.2.7.10",
    since=date(2023, 9, 15),
    severity=Severity.ERROR,
    applies_to=lambda certificate: certificate.extended_key_usage is not None,
    check=_check,
)
