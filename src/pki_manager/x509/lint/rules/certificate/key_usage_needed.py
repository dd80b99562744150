from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1 import oid_octets
from pki_manager.x509.asn1.certificate_view import CertificateFrame
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach
from pki_manager.x509.lint.rulebook import FrameRule

_SIGN = frozenset({"digitalSignature", "nonRepudiation", "keyCertSign", "cRLSign"})
_NEEDED = (
    dict.fromkeys(
        (oid_octets.ED25519, oid_octets.ED448, oid_octets.ML_DSA_44, oid_octets.ML_DSA_65, oid_octets.ML_DSA_87), _SIGN
    )
    | dict.fromkeys((oid_octets.X25519, oid_octets.X448), frozenset({"keyAgreement"}))
    | dict.fromkeys(
        (oid_octets.ML_KEM_512, oid_octets.ML_KEM_768, oid_octets.ML_KEM_1024), frozenset({"keyEncipherment"})
    )
)


def _check(certificate: CertificateFrame) -> Iterator[Breach]:
    needed = _NEEDED.get(certificate.key_algorithm.oid)
    if needed and not needed & (certificate.key_usage or frozenset()):
        yield Breach("extensions.keyUsage", f"the key needs one of {', '.join(sorted(needed))}")


RULE = FrameRule(
    id="certificate.key_usage_needed",
    requirement="keyUsage names the one thing that a key is for: signing, agreement or encapsulation.",
    citation="RFC 9295 §3, RFC 9881 §5, RFC 9935 §5",
    since=date(2022, 9, 1),
    severity=Severity.ERROR,
    applies_to=lambda certificate: certificate.key_usage is not None,
    check=_check,
)
