"""Private keys of the algorithm table: making, PKCS#8 (RFC 5958), and signing."""

from __future__ import annotations

from functools import cache

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
)

from pki_manager.domain.algorithms import KeyFamily, KeyType, SignatureAlgorithm
from pki_manager.domain.errors import InvalidInput

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey

PUBLIC_EXPONENT = 65537
_CURVES: dict[str, type[ec.EllipticCurve]] = {
    "secp256r1": ec.SECP256R1,
    "secp384r1": ec.SECP384R1,
    "secp521r1": ec.SECP521R1,
}
_HASHES: dict[str, type[hashes.HashAlgorithm]] = {
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
}


def supported(key_type: KeyType) -> bool:
    """Whether `generate` can make that type."""
    return key_type.family in {KeyFamily.RSA, KeyFamily.ED25519} or key_type.curve in _CURVES


def generate(key_type: KeyType) -> PrivateKey:
    """A new key; InvalidInput for a type that this backend does not make."""
    if key_type.family is KeyFamily.RSA:
        return rsa.generate_private_key(PUBLIC_EXPONENT, key_type.size)
    if key_type.family is KeyFamily.ED25519:
        return ed25519.Ed25519PrivateKey.generate()
    curve = _CURVES.get(key_type.curve or "")
    if curve is None:
        raise InvalidInput.of(
            "key_type", "key_type.backend", f"the embedded backend does not make {key_type.name} keys"
        )
    return ec.generate_private_key(curve())


def spki(key: PrivateKey) -> bytes:
    """SubjectPublicKeyInfo, DER (RFC 5280 §4.1.2.7)."""
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def to_pkcs8(key: PrivateKey) -> bytes:
    """PrivateKeyInfo, DER, in clear: only ever handed to the sealing."""
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def from_pkcs8(der: bytes) -> PrivateKey | None:
    """The key of a PrivateKeyInfo that came out of its seal; None when it is none of ours."""
    try:
        # The seal vouches for the numbers; testing the primes again costs 0.4 s for RSA-4096.
        key = load_der_private_key(der, password=None, unsafe_skip_rsa_key_validation=True)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return None
    return key if isinstance(key, PrivateKey) else None


def sign(key: PrivateKey, data: bytes, algorithm: SignatureAlgorithm) -> bytes:
    """The signature as X.509 carries it (RFC 3279 §2.2, RFC 8410 §6); InvalidInput when the algorithm doesn't fit."""
    match key, algorithm.family:
        case rsa.RSAPrivateKey(), KeyFamily.RSA if algorithm.hash_name in _HASHES:
            return key.sign(data, padding.PKCS1v15(), _HASHES[algorithm.hash_name]())
        case ec.EllipticCurvePrivateKey(), KeyFamily.EC if algorithm.hash_name in _HASHES:
            return key.sign(data, _ecdsa(algorithm.hash_name))
        case ed25519.Ed25519PrivateKey(), KeyFamily.ED25519 if algorithm.hash_name is None:
            return key.sign(data)
        case _:
            raise InvalidInput.of(
                "signature_algorithm", "signature_algorithm.key", f"the key cannot sign {algorithm.name}"
            )


@cache
def _ecdsa(hash_name: str) -> ec.ECDSA:
    return ec.ECDSA(_HASHES[hash_name]())
