"""The key types of public keys that key backends return."""

from __future__ import annotations

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, mldsa, rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key

from pki_manager.domain.algorithms import KeyFamily, KeyType, find_key_type


def find_type(spki_der: bytes) -> KeyType | None:
    """Return the key type of a SubjectPublicKeyInfo (DER); None if it is not a key or its type is not supported."""
    try:
        key = load_der_public_key(spki_der)
    except (ValueError, UnsupportedAlgorithm):
        return None
    match key:
        case rsa.RSAPublicKey():
            return find_key_type(KeyFamily.RSA, key.key_size)
        case ec.EllipticCurvePublicKey():
            return find_key_type(KeyFamily.EC, key.key_size, key.curve.name)
        case ed25519.Ed25519PublicKey():
            return find_key_type(KeyFamily.ED25519, 256)
        case ed448.Ed448PublicKey():
            return find_key_type(KeyFamily.ED448, 456)
        case mldsa.MLDSA44PublicKey():
            return find_key_type(KeyFamily.ML_DSA, 44)
        case mldsa.MLDSA65PublicKey():
            return find_key_type(KeyFamily.ML_DSA, 65)
        case mldsa.MLDSA87PublicKey():
            return find_key_type(KeyFamily.ML_DSA, 87)
    return None
