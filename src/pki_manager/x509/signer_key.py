"""Conversion of algorithms to pyca/cryptography's objects and AlgorithmIdentifiers, and throwaway keys for lint."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Protocol, TypeVar

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, mldsa, mlkem, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from pki_manager.domain.algorithms import SIGNATURES, KeyFamily, KeyType, SignatureAlgorithm
from pki_manager.domain.errors import InvalidInput
from pki_manager.x509.asn1 import der

MlDsaPrivateKey = mldsa.MLDSA44PrivateKey | mldsa.MLDSA65PrivateKey | mldsa.MLDSA87PrivateKey
PrivateKey = (
    rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | ed448.Ed448PrivateKey | MlDsaPrivateKey
)
KemPrivateKey = mlkem.MLKEM768PrivateKey | mlkem.MLKEM1024PrivateKey
Hash = hashes.SHA256 | hashes.SHA384 | hashes.SHA512
RsaPadding = padding.PKCS1v15 | padding.PSS
SigningArguments = tuple[RsaPadding, Hash] | tuple[ec.ECDSA] | tuple[()]
Signed_co = TypeVar("Signed_co", covariant=True)

_HASHES: dict[str, Callable[[], Hash]] = {
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
}
_HASH_OIDS = {
    "sha256": "2.16.840.1.101.3.4.2.1",
    "sha384": "2.16.840.1.101.3.4.2.2",
    "sha512": "2.16.840.1.101.3.4.2.3",
}
_MGF1 = "1.2.840.113549.1.1.8"
_CURVES: dict[str, Callable[[], ec.EllipticCurve]] = {
    "secp256r1": ec.SECP256R1,
    "secp384r1": ec.SECP384R1,
    "secp521r1": ec.SECP521R1,
}
_GENERATE: dict[tuple[KeyFamily, int], Callable[[], PrivateKey]] = {
    (KeyFamily.ED25519, 256): ed25519.Ed25519PrivateKey.generate,
    (KeyFamily.ED448, 456): ed448.Ed448PrivateKey.generate,
    (KeyFamily.ML_DSA, 44): mldsa.MLDSA44PrivateKey.generate,
    (KeyFamily.ML_DSA, 65): mldsa.MLDSA65PrivateKey.generate,
    (KeyFamily.ML_DSA, 87): mldsa.MLDSA87PrivateKey.generate,
}
_GENERATE_KEM: dict[int, Callable[[], KemPrivateKey]] = {
    768: mlkem.MLKEM768PrivateKey.generate,
    1024: mlkem.MLKEM1024PrivateKey.generate,
}


class Builder(Protocol[Signed_co]):
    """The common interface of the builders of pyca/cryptography for certificates, CRLs, and CSRs."""

    def sign(self, private_key: PrivateKey, algorithm: Hash | None, *, rsa_padding: RsaPadding | None) -> Signed_co: ...


def hash_of(algorithm: SignatureAlgorithm) -> Hash | None:
    """Return the hash for pyca/cryptography; None if the algorithm hashes internally (EdDSA, ML-DSA)."""
    return _HASHES[algorithm.hash_name]() if algorithm.hash_name else None


@lru_cache(maxsize=64)
def get_signing_arguments(algorithm: SignatureAlgorithm) -> SigningArguments:
    """Return the arguments of pyca/cryptography's `sign` and `verify` that follow data and signature."""
    digest = hash_of(algorithm)
    if digest is None:
        return ()
    if algorithm.family is KeyFamily.EC:
        return (ec.ECDSA(digest),)
    if algorithm.pss:
        return padding.PSS(padding.MGF1(digest), digest.digest_size), digest
    return padding.PKCS1v15(), digest


def sign(key: PrivateKey, data: bytes, algorithm: SignatureAlgorithm) -> bytes:
    """Return a signature in the encoding of X.509.

    RSA's octets (RFC 8017 §8), DER Ecdsa-Sig-Value (RFC 3279 §2.2.3), raw EdDSA (RFC 8410 §6), raw ML-DSA with an empty
    context (RFC 9881 §3).
    """
    return key.sign(data, *get_signing_arguments(algorithm))


def sign_builder(builder: Builder[Signed_co], key: PrivateKey, algorithm: SignatureAlgorithm) -> Signed_co:
    """Return the certificate or CSR that pyca's builder signs with the key and the algorithm's parameters."""
    arguments = get_signing_arguments(algorithm)
    scheme = arguments[0] if arguments and not isinstance(arguments[0], ec.ECDSA) else None
    return builder.sign(key, hash_of(algorithm), rsa_padding=scheme)


@lru_cache(maxsize=64)
def encode_algorithm_identifier(algorithm: SignatureAlgorithm) -> bytes:
    """Return the AlgorithmIdentifier (DER) of a signature algorithm.

    Its parameters are NULL for PKCS #1 v1.5 (RFC 4055 §5), RSASSA-PSS-params for PSS (§3.1), and absent for all others
    (RFC 5758 §3.2, RFC 8410 §3, RFC 9881 §2).
    """
    parameters = b""
    if algorithm.family is KeyFamily.RSA:
        parameters = _pss_parameters(algorithm) if algorithm.pss else der.encode(der.NULL)
    return der.encode_sequence(der.oid(algorithm.oid), parameters)


def _pss_parameters(algorithm: SignatureAlgorithm) -> bytes:
    """Return RSASSA-PSS-params: [0] hash, [1] MGF1 with the same hash, [2] its length as salt length.

    Trailer 1 is the default and omitted.
    """
    digest = _HASHES[algorithm.hash_name or ""]()
    hashing = der.encode_sequence(der.oid(_HASH_OIDS[digest.name]), der.encode(der.NULL))
    return der.encode_sequence(
        der.encode(0xA0, hashing),
        der.encode(0xA1, der.encode_sequence(der.oid(_MGF1), hashing)),
        der.encode(0xA2, der.integer(digest.digest_size)),
    )


def find_algorithm(identifier_der: bytes) -> SignatureAlgorithm | None:
    """Return the signature algorithm of an AlgorithmIdentifier (DER) with exactly its parameters, or None."""
    return _by_identifier().get(identifier_der)


@lru_cache(maxsize=1)
def _by_identifier() -> dict[bytes, SignatureAlgorithm]:
    return {encode_algorithm_identifier(row): row for row in SIGNATURES.values()}


@lru_cache(maxsize=64)
def get_throwaway_key(key_type: KeyType) -> PrivateKey:
    """Return a throwaway private key that signs objects for lint only.

    There is one for each type and process, because generating an RSA key can take seconds. Reusing it is safe: its
    public key is in no certificate or trust store, and its signatures are discarded. Raises InvalidInput for a type
    that cannot sign.
    """
    return generate_key(key_type)


@lru_cache(maxsize=64)
def get_throwaway_signature(key_type: KeyType, algorithm: SignatureAlgorithm) -> bytes:
    """Return a signature by the throwaway key over empty data. Lint checks only its form."""
    return sign(get_throwaway_key(key_type), b"", algorithm)


def generate_key(key_type: KeyType) -> PrivateKey:
    """Generate a private key in memory. Raises InvalidInput for a type that cannot sign (use `generate_kem_key`)."""
    if key_type.family is KeyFamily.RSA:
        return rsa.generate_private_key(public_exponent=65537, key_size=key_type.size)
    if key_type.curve is not None:
        return ec.generate_private_key(_CURVES[key_type.curve]())
    generate = _GENERATE.get((key_type.family, key_type.size))
    if generate is None:
        raise InvalidInput.of("key_type", "key_type.signs", f"must be a key type that can sign; {key_type.name} cannot")
    return generate()


def generate_kem_key(key_type: KeyType) -> KemPrivateKey:
    """Generate a key for key encapsulation (FIPS 203) in memory. Raises InvalidInput for any other type."""
    generate = _GENERATE_KEM.get(key_type.size) if key_type.family is KeyFamily.ML_KEM else None
    if generate is None:
        raise InvalidInput.of(
            "key_type",
            "key_type.kem",
            f"must be a key type for key encapsulation (KEM), such as ML-KEM-768; {key_type.name} is not",
        )
    return generate()


def encode_public_key(key: PrivateKey | KemPrivateKey) -> bytes:
    """Return the SubjectPublicKeyInfo (DER, RFC 5280 §4.1.2.7) of a private key."""
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
