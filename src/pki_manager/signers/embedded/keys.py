"""Private keys of the algorithm table: generation, PKCS #8 (RFC 5958), and signing."""

from __future__ import annotations

from functools import lru_cache

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, mldsa, padding, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
)

from pki_manager.domain.algorithms import KeyFamily, KeyType, SignatureAlgorithm
from pki_manager.domain.errors import InvalidInput

PrivateKey = (
    rsa.RSAPrivateKey
    | ec.EllipticCurvePrivateKey
    | ed25519.Ed25519PrivateKey
    | ed448.Ed448PrivateKey
    | mldsa.MLDSA44PrivateKey
    | mldsa.MLDSA65PrivateKey
    | mldsa.MLDSA87PrivateKey
)
SigningArguments = (
    tuple[padding.PKCS1v15 | padding.PSS, hashes.SHA256 | hashes.SHA384 | hashes.SHA512] | tuple[ec.ECDSA] | tuple[()]
)

PUBLIC_EXPONENT = 65537
_CURVES: dict[str, type[ec.EllipticCurve]] = {
    "secp256r1": ec.SECP256R1,
    "secp384r1": ec.SECP384R1,
    "secp521r1": ec.SECP521R1,
}
_HASHES: dict[str, type[hashes.SHA256 | hashes.SHA384 | hashes.SHA512]] = {
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
}
_OneSize = (
    type[ed25519.Ed25519PrivateKey]
    | type[ed448.Ed448PrivateKey]
    | type[mldsa.MLDSA44PrivateKey]
    | type[mldsa.MLDSA65PrivateKey]
    | type[mldsa.MLDSA87PrivateKey]
)
_ONE_SIZE: dict[tuple[KeyFamily, int], _OneSize] = {
    (KeyFamily.ED25519, 256): ed25519.Ed25519PrivateKey,
    (KeyFamily.ED448, 456): ed448.Ed448PrivateKey,
    (KeyFamily.ML_DSA, 44): mldsa.MLDSA44PrivateKey,
    (KeyFamily.ML_DSA, 65): mldsa.MLDSA65PrivateKey,
    (KeyFamily.ML_DSA, 87): mldsa.MLDSA87PrivateKey,
}


def is_supported(key_type: KeyType) -> bool:
    """Return whether `generate` can create that type. It can create every type that signs."""
    return (
        key_type.family is KeyFamily.RSA or key_type.curve in _CURVES or (key_type.family, key_type.size) in _ONE_SIZE
    )


def generate(key_type: KeyType) -> PrivateKey:
    """Return a new private key. Raises InvalidInput if this key backend cannot generate that type."""
    if not is_supported(key_type):
        raise InvalidInput.of(
            "key_type",
            "key_type.backend",
            f"must be a key type that the embedded keystore supports; {key_type.name} is not",
        )
    if key_type.family is KeyFamily.RSA:
        return rsa.generate_private_key(PUBLIC_EXPONENT, key_type.size)
    if key_type.curve is not None:
        return ec.generate_private_key(_CURVES[key_type.curve]())
    return _ONE_SIZE[key_type.family, key_type.size].generate()


def encode_spki(key: PrivateKey) -> bytes:
    """Return the SubjectPublicKeyInfo (DER, RFC 5280 §4.1.2.7)."""
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def to_pkcs8(key: PrivateKey) -> bytes:
    """Return the unencrypted PrivateKeyInfo (DER), which the caller must encrypt at once.

    ML-DSA is a seed (RFC 9881 §6).
    """
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def from_pkcs8(der: bytes) -> PrivateKey | None:
    """Return the private key in a decrypted PrivateKeyInfo, or None if its type is not supported."""
    try:
        # The seal protects the numbers; testing the primes again costs 0.4 s for RSA-4096.
        key = load_der_private_key(der, password=None, unsafe_skip_rsa_key_validation=True)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return None
    return key if isinstance(key, PrivateKey) else None


def parse_foreign(der: bytes, key_type: KeyType) -> PrivateKey:
    """Return the private key in a PrivateKeyInfo from another system, after a check that its numbers are consistent.

    Raises InvalidInput with the field `private_key` if it cannot be read, is invalid, or has another type.
    """
    try:
        key = load_der_private_key(der, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        message = "is not an unencrypted PKCS #8 private key, or is inconsistent"
        raise InvalidInput.of("private_key", "private_key.sound", message) from None
    if not isinstance(key, PrivateKey) or not _is_of(key, key_type):
        raise InvalidInput.of(
            "private_key", "private_key.type", f"must be a {key_type.name} key that the embedded keystore can store"
        )
    return key


def _is_of(key: PrivateKey, key_type: KeyType) -> bool:
    if isinstance(key, rsa.RSAPrivateKey):
        return key_type.family is KeyFamily.RSA and key.key_size == key_type.size
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return key.curve.name == key_type.curve
    one_size = _ONE_SIZE.get((key_type.family, key_type.size))
    return one_size is not None and isinstance(key, one_size)


def sign(key: PrivateKey, data: bytes, algorithm: SignatureAlgorithm) -> bytes:
    """Return the signature in X.509 encoding (RFC 3279 §2.2, RFC 4055 §3.1, RFC 8410 §6, RFC 9881 §3).

    `algorithm` must be one of the key type's algorithms.
    """
    return key.sign(data, *get_signing_arguments(algorithm))


@lru_cache(maxsize=64)
def get_signing_arguments(algorithm: SignatureAlgorithm) -> SigningArguments:
    """Return the arguments that follow the data in a call of a private key's `sign`."""
    if algorithm.hash_name is None:
        return ()
    digest = _HASHES[algorithm.hash_name]()
    if algorithm.family is KeyFamily.EC:
        return (ec.ECDSA(digest),)
    if algorithm.pss:
        return padding.PSS(padding.MGF1(digest), digest.digest_size), digest
    return padding.PKCS1v15(), digest
