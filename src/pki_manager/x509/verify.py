"""Verification of the signatures that key backends return, before they are used."""

from __future__ import annotations

import hashlib

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, mldsa, rsa
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

from pki_manager.domain.algorithms import SIGNATURES, KeyFamily, SignatureAlgorithm
from pki_manager.domain.errors import Fault, PkiError
from pki_manager.x509 import keys
from pki_manager.x509.asn1 import der
from pki_manager.x509.signer_key import get_signing_arguments

PublicKey = (
    rsa.RSAPublicKey
    | ec.EllipticCurvePublicKey
    | ed25519.Ed25519PublicKey
    | ed448.Ed448PublicKey
    | mldsa.MLDSA44PublicKey
    | mldsa.MLDSA65PublicKey
    | mldsa.MLDSA87PublicKey
)

_ONE_CLASS: dict[str, type[PublicKey]] = {
    "Ed25519": ed25519.Ed25519PublicKey,
    "Ed448": ed448.Ed448PublicKey,
    "ML-DSA-44": mldsa.MLDSA44PublicKey,
    "ML-DSA-65": mldsa.MLDSA65PublicKey,
    "ML-DSA-87": mldsa.MLDSA87PublicKey,
}
_BY_FAMILY: dict[KeyFamily, type[PublicKey]] = {
    KeyFamily.RSA: rsa.RSAPublicKey,
    KeyFamily.EC: ec.EllipticCurvePublicKey,
}
_CLASSES = {row.name: _ONE_CLASS.get(row.name) or _BY_FAMILY[row.family] for row in SIGNATURES.values()}
"""Classes of public keys that can verify a signature, by name of the signature algorithm."""


def require_signature(spki_der: bytes, data: bytes, signature: bytes, algorithm: SignatureAlgorithm) -> None:
    """Raise Fault unless `signature` over `data` was made with the key of that SubjectPublicKeyInfo (DER)."""
    try:
        _verify(keys.load(spki_der), signature, data, algorithm)
    except (InvalidSignature, PkiError, ValueError, TypeError) as error:
        raise Fault(
            "The signature does not verify with the key of its signer.",
            algorithm=algorithm.name,
            spki_sha256=hashlib.sha256(spki_der).hexdigest(),
            cause=str(error),
        ) from None


def is_signed(spki_der: bytes, data: bytes, signature: bytes, algorithm: SignatureAlgorithm) -> bool:
    """Return whether a client's signature over `data` was made with that key (SubjectPublicKeyInfo, DER).

    Raises InvalidInput or Malformed for a key that cannot be read.
    """
    try:
        _verify(keys.load(spki_der), signature, data, algorithm)
    except (InvalidSignature, ValueError, TypeError):
        return False
    return True


def _verify(key: PublicKeyTypes, signature: bytes, data: bytes, algorithm: SignatureAlgorithm) -> None:
    if not isinstance(key, _CLASSES[algorithm.name]):
        raise InvalidSignature("the key is of another type")
    key.verify(signature, data, *get_signing_arguments(algorithm))


def require_same_tbs(signed_der: bytes, tbs_der: bytes) -> None:
    """Raise Fault unless the signed object (DER) contains exactly those to-be-signed octets.

    Its two algorithm fields must also be equal (RFC 5280 §4.1.1.2, §5.1.1.2).
    """
    parts = der.read_children(signed_der)
    if len(parts) != 3 or parts[0] != tbs_der or parts[1] not in der.read_children(tbs_der):
        raise Fault("The signed object does not contain the bytes that were to be signed.")
