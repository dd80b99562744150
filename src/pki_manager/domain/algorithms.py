"""THE algorithm table: every key type and every signature algorithm that this product knows.

Nothing else in the tree lists algorithms. Adding one is a row here, its encoding in `x509/signer_key.py` and a run of
the signer contract suite.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pki_manager.domain.errors import InvalidInput


class KeyFamily(StrEnum):
    RSA = "RSA"
    EC = "EC"
    ED25519 = "Ed25519"


class Use(StrEnum):
    """What a key of a type may be used for here."""

    CA = "ca"
    LEAF = "leaf"


@dataclass(frozen=True, slots=True)
class SignatureAlgorithm:
    """How a key signs. `oid` is that of the X.509 AlgorithmIdentifier; `hash_name` None where the scheme hashes."""

    name: str
    family: KeyFamily
    hash_name: str | None
    oid: str


@dataclass(frozen=True, slots=True)
class KeyType:
    """A key type by its contract name.

    `size` is the modulus or field size in bits; `curve` the named curve (RFC 5480) for EC; `strength` the symmetric
    equivalent in bits (SP 800-57 part 1, table 2); `signature` the algorithm used unless another is asked for.
    """

    name: str
    family: KeyFamily
    size: int
    curve: str | None
    strength: int
    signature: SignatureAlgorithm
    uses: frozenset[Use]


_BOTH = frozenset({Use.CA, Use.LEAF})

_RSA_SHA256 = SignatureAlgorithm("RSA-SHA256", KeyFamily.RSA, "sha256", "1.2.840.113549.1.1.11")
_RSA_SHA384 = SignatureAlgorithm("RSA-SHA384", KeyFamily.RSA, "sha384", "1.2.840.113549.1.1.12")
_RSA_SHA512 = SignatureAlgorithm("RSA-SHA512", KeyFamily.RSA, "sha512", "1.2.840.113549.1.1.13")
_ECDSA_SHA256 = SignatureAlgorithm("ECDSA-SHA256", KeyFamily.EC, "sha256", "1.2.840.10045.4.3.2")
_ECDSA_SHA384 = SignatureAlgorithm("ECDSA-SHA384", KeyFamily.EC, "sha384", "1.2.840.10045.4.3.3")
_ECDSA_SHA512 = SignatureAlgorithm("ECDSA-SHA512", KeyFamily.EC, "sha512", "1.2.840.10045.4.3.4")
_ED25519 = SignatureAlgorithm("Ed25519", KeyFamily.ED25519, None, "1.3.101.112")

SIGNATURES: dict[str, SignatureAlgorithm] = {
    row.name: row
    for row in (_RSA_SHA256, _RSA_SHA384, _RSA_SHA512, _ECDSA_SHA256, _ECDSA_SHA384, _ECDSA_SHA512, _ED25519)
}

KEY_TYPES: dict[str, KeyType] = {
    row.name: row
    for row in (
        KeyType("RSA-2048", KeyFamily.RSA, 2048, None, 112, _RSA_SHA256, _BOTH),
        KeyType("RSA-3072", KeyFamily.RSA, 3072, None, 128, _RSA_SHA256, _BOTH),
        KeyType("RSA-4096", KeyFamily.RSA, 4096, None, 140, _RSA_SHA384, _BOTH),
        KeyType("ECDSA-P256", KeyFamily.EC, 256, "secp256r1", 128, _ECDSA_SHA256, _BOTH),
        KeyType("ECDSA-P384", KeyFamily.EC, 384, "secp384r1", 192, _ECDSA_SHA384, _BOTH),
        KeyType("ECDSA-P521", KeyFamily.EC, 521, "secp521r1", 256, _ECDSA_SHA512, _BOTH),
        KeyType("Ed25519", KeyFamily.ED25519, 256, None, 128, _ED25519, _BOTH),
    )
}


def key_type(name: str, field: str = "key_type") -> KeyType:
    """The row of that exact name; InvalidInput naming `field` otherwise."""
    try:
        return KEY_TYPES[name]
    except KeyError:
        known = ", ".join(KEY_TYPES)
        raise InvalidInput.of(field, "key_type.known", f"{name!r} is not a key type; known are {known}") from None


def signature_algorithm(name: str, field: str = "signature_algorithm") -> SignatureAlgorithm:
    """The row of that exact name; InvalidInput naming `field` otherwise."""
    try:
        return SIGNATURES[name]
    except KeyError:
        known = ", ".join(SIGNATURES)
        raise InvalidInput.of(field, "signature_algorithm.known", f"{name!r} is unknown; known are {known}") from None


def find_key_type(family: KeyFamily, size: int, curve: str | None = None) -> KeyType | None:
    """The row for a key that was met, or None when it is no type of ours (RSA-1024, brainpool, ...)."""
    for row in KEY_TYPES.values():
        if row.family is family and row.curve == curve and row.size == size:
            return row
    return None


def ocsp_signer_type(issuer: KeyType) -> KeyType:
    """The key type of a delegated OCSP signer: the issuer's family at its smallest size.

    Whoever can verify the issuer's certificates can then verify its status answers, and those stay short.
    """
    return next(row for row in KEY_TYPES.values() if row.family is issuer.family)
