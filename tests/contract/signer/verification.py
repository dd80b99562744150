"""Signatures checked by pyca from the SubjectPublicKeyInfo alone."""

from __future__ import annotations

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, mldsa, padding, rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key

from pki_manager.domain.algorithms import SignatureAlgorithm

HASHES = {"sha256": hashes.SHA256(), "sha384": hashes.SHA384(), "sha512": hashes.SHA512()}


def verifies(spki: bytes, signature: bytes, data: bytes, algorithm: SignatureAlgorithm) -> bool:
    key = load_der_public_key(spki)
    try:
        match key:
            case rsa.RSAPublicKey():
                digest = HASHES[algorithm.hash_name]
                scheme = padding.PSS(padding.MGF1(digest), digest.digest_size) if algorithm.pss else padding.PKCS1v15()
                key.verify(signature, data, scheme, digest)
            case ec.EllipticCurvePublicKey():
                key.verify(signature, data, ec.ECDSA(HASHES[algorithm.hash_name]))
            case ed25519.Ed25519PublicKey() | ed448.Ed448PublicKey():
                key.verify(signature, data)
            case mldsa.MLDSA44PublicKey() | mldsa.MLDSA65PublicKey() | mldsa.MLDSA87PublicKey():
                key.verify(signature, data, b"")
            case _:
                return False
    except InvalidSignature:
        return False
    return True
