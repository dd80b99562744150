from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1 import oid_octets
from pki_manager.x509.asn1.certificate_view import CertificateFrame
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach
from pki_manager.x509.lint.rulebook import FrameRule

_SIGN = frozenset({"digitalSignature"})
_RSA = _SIGN | {"keyEncipherment"}


def _check(certificate: CertificateFrame) -> Iterator[Breach]:
    usage = certificate.key_usage or frozenset()
    allowed = _RSA if certificate.key_algorithm.oid == oid_octets.RSA_ENCRYPTION else _SIGN
    if usage - allowed or "digitalSignature" not in usage:
        yield Breach("extensions.keyUsage", f"it is {', '.join(sorted(usage)) or 'absent'}")


RULE = FrameRule(
    id="public_tls.key_usage",
    requirement="keyUsage has digitalSignature and nothing else, but for keyEncipherment of an RSA key.",
    citation="CA/B Forum Baseline Requirements §7.1.2.7.11",
    since=date(2023, 9, 15),
    severity=Severity.ERROR,
    applies_to=lambda certificate: certificate.is_leaf,
    check=_check,
)
