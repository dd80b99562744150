"""The algorithm table's rows as pyca's objects and as AlgorithmIdentifiers, and the throwaway keys for linting."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

from pki_manager.domain.algorithms import KeyFamily, KeyType, SignatureAlgorithm
from pki_manager.domain.errors import InvalidInput
from pki_manager.x509 import der

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
Hash = hashes.SHA256 | hashes.SHA384 | hashes.SHA512
SigningArguments = tuple[padding.PKCS1v15, Hash] | tuple[ec.ECDSA] | tuple[()]

_HASHES: dict[str, Callable[[], Hash]] = {
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
}
_CURVES: dict[str, Callable[[], ec.EllipticCurve]] = {
    "secp256r1": ec.SECP256R1,
    "secp384r1": ec.SECP384R1,
    "secp521r1": ec.SECP521R1,
}


def hash_of(algorithm: SignatureAlgorithm) -> Hash | None:
    """The hash that pyca's builders want; None where the scheme hashes by itself (Ed25519)."""
    return _HASHES[algorithm.hash_name]() if algorithm.hash_name else None


@cache
def signing_arguments(algorithm: SignatureAlgorithm) -> SigningArguments:
    """What stands after the data in a private key's `sign`; after signature and data in a public key's `verify`."""
    digest = hash_of(algorithm)
    if digest is None:
        return ()
    return (padding.PKCS1v15(), digest) if algorithm.family is KeyFamily.RSA else (ec.ECDSA(digest),)


def sign(key: PrivateKey, data: bytes, algorithm: SignatureAlgorithm) -> bytes:
    """The signature as X.509 carries it: PKCS#1 v1.5 octets, DER Ecdsa-Sig-Value, raw Ed25519."""
    return key.sign(data, *signing_arguments(algorithm))


@cache
def algorithm_identifier(algorithm: SignatureAlgorithm) -> bytes:
    """The DER AlgorithmIdentifier: NULL parameters for RSA (RFC 4055 §5), else none (RFC 5758 §3.2, RFC 8410 §3)."""
    parameters = der.encode(der.NULL) if algorithm.family is KeyFamily.RSA else b""
    return der.encode_sequence(der.oid(algorithm.oid), parameters)


def check_fits(key_type: KeyType, algorithm: SignatureAlgorithm, field: str = "signature_algorithm") -> None:
    """InvalidInput naming `field` unless a key of that type can sign with the algorithm."""
    if key_type.family is not algorithm.family:
        message = f"{algorithm.name} cannot be made with a key of type {key_type.name}"
        raise InvalidInput.of(field, "signature_algorithm.key_type", message)


@cache
def throwaway_key(key_type: KeyType) -> PrivateKey:
    """A private key that nobody keeps, to sign what is about to be linted: one a type and process, for RSA is slow."""
    return new_key(key_type)


def new_key(key_type: KeyType) -> PrivateKey:
    """A fresh private key, in this process' memory only."""
    if key_type.family is KeyFamily.RSA:
        return rsa.generate_private_key(public_exponent=65537, key_size=key_type.size)
    if key_type.curve is not None:
        return ec.generate_private_key(_CURVES[key_type.curve]())
    return ed25519.Ed25519PrivateKey.generate()
