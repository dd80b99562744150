from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1 import oid_octets
from pki_manager.x509.asn1.certificate_view import CertificateFrame
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach
from pki_manager.x509.lint.rulebook import FrameRule

_ENCIPHER = frozenset({"keyEncipherment", "dataEncipherment"})
_AGREE = frozenset({"keyAgreement", "encipherOnly", "decipherOnly"})
_SIGN = frozenset({"digitalSignature", "nonRepudiation", "keyCertSign", "cRLSign"})
_UNFIT = {
    oid_octets.RSA_ENCRYPTION: _AGREE,
    oid_octets.RSA_PSS: _ENCIPHER | _AGREE,
    oid_octets.EC_PUBLIC_KEY: _ENCIPHER,
    oid_octets.ED25519: _ENCIPHER | _AGREE,
    oid_octets.ED448: _ENCIPHER | _AGREE,
    oid_octets.X25519: _ENCIPHER | _SIGN,
    oid_octets.X448: _ENCIPHER | _SIGN,
    oid_octets.ML_DSA_44: _ENCIPHER | _AGREE,
    oid_octets.ML_DSA_65: _ENCIPHER | _AGREE,
    oid_octets.ML_DSA_87: _ENCIPHER | _AGREE,
    oid_octets.ML_KEM_512: {"dataEncipherment"} | _AGREE | _SIGN,
    oid_octets.ML_KEM_768: {"dataEncipherment"} | _AGREE | _SIGN,
    oid_octets.ML_KEM_1024: {"dataEncipherment"} | _AGREE | _SIGN,
}


def _check(certificate: CertificateFrame) -> Iterator[Breach]:
    unfit = _UNFIT.get(certificate.key_algorithm.oid, frozenset()) & (certificate.key_usage or frozenset())
    for usage in sorted(unfit):
        yield Breach("extensions.keyUsage", f"{usage} does not fit the key's algorithm")


RULE = FrameRule(
    id="certificate.key_usage_fits_key",
    requirement="keyUsage contains only uses that the algorithm of the key supports.",
    citation="RFC 3279 §2.3.1, RFC 4055 §1.2, RFC 8813 §3, RFC 9295 §3, RFC 9881 §5, RFC 9935 §5",
    since=date(2022, 9, 1),
    severity=Severity.ERROR,
    applies_to=lambda certificate: certificate.key_usage is not None,
    check=_check,
)
