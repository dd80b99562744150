"""Signatures checked by pyca from the SubjectPublicKeyInfo alone."""

from __future__ import annotations

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key

from pki_manager.domain.algorithms import SignatureAlgorithm

HASHES = {"sha256": hashes.SHA256(), "sha384": hashes.SHA384(), "sha512": hashes.SHA512()}


def verifies(spki: bytes, signature: bytes, data: bytes, algorithm: SignatureAlgorithm) -> bool:
    key = load_der_public_key(spki)
    try:
        match key:
            case rsa.RSAPublicKey():
                key.verify(signature, data, padding.PKCS1v15(), HASHES[algorithm.hash_name])
            case ec.EllipticCurvePublicKey():
                key.verify(signature, data, ec.ECDSA(HASHES[algorithm.hash_name]))
            case ed25519.Ed25519PublicKey():
                key.verify(signature, data)
            case _:
                return False
    except InvalidSignature:
        return False
    return True
