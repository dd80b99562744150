from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1 import oid_octets, tlv
from pki_manager.x509.asn1.certificate_view import CertificateFrame
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach
from pki_manager.x509.lint.rulebook import FrameRule


def _check(certificate: CertificateFrame) -> Iterator[Breach]:
    unused, octets = tlv.read_bits(tlv.read_whole(certificate.by_oid[oid_octets.KEY_USAGE].value, tlv.BIT_STRING))
    if not certificate.key_usage:
        yield Breach("extensions.keyUsage", "no bit is set")
    elif octets[-1] >> unused & 1 == 0:
        yield Breach("extensions.keyUsage", "zero bits are encoded after the last set bit")


RULE = FrameRule(
    id="certificate.key_usage_not_empty",
    requirement="keyUsage has at least one bit, and no encoded zero bits at its end.",
    citation="RFC 5280 §4.2.1.3, X.690 §11.2.2",
    since=date(2008, 5, 1),
    severity=Severity.ERROR,
    applies_to=lambda certificate: certificate.key_usage is not None,
    check=_check,
)
