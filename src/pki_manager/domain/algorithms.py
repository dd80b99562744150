"""The algorithm table: every key type and every signature algorithm that PKI Manager supports.

No other module lists algorithms. To add one, add a row here and its encoding in `x509/signer_key.py`, and run the
contract suite of signers.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pki_manager.domain.errors import InvalidInput


class KeyFamily(StrEnum):
    """The family of a key type."""

    RSA = "RSA"
    EC = "EC"
    ED25519 = "Ed25519"
    ED448 = "Ed448"
    ML_DSA = "ML-DSA"
    ML_KEM = "ML-KEM"


class Use(StrEnum):
    """What a key of a type can be used for."""

    CA = "ca"
    LEAF = "leaf"


@dataclass(frozen=True, slots=True)
class SignatureAlgorithm:
    """A signature algorithm. `oid` is that of the X.509 AlgorithmIdentifier.

    `hash_name` is None if the scheme hashes by itself; `octets` is the length of every signature if it is fixed; `pss`
    selects RSASSA-PSS instead of PKCS #1 v1.5, with the same hash for mask generation, a salt as long as the hash, and
    trailer 1 (RFC 4055 §3.1).
    """

    name: str
    family: KeyFamily
    hash_name: str | None
    oid: str
    octets: int | None = None
    pss: bool = False


@dataclass(frozen=True, slots=True)
class KeyType:
    """A key type by its name, for example `ECDSA-P256`.

    `size` is the modulus or field size in bits, for lattice schemes the number of the parameter set; `curve` is the
    named curve (RFC 5480) for EC; `strength` is the symmetric equivalent in bits (SP 800-57 part 1, table 2; FIPS 203
    and 204, where category 2 counts as 128 bits). `signatures` are the algorithms that its keys can sign with, the
    usual one first; empty for a key that cannot sign.
    """

    name: str
    family: KeyFamily
    size: int
    curve: str | None
    strength: int
    signatures: tuple[SignatureAlgorithm, ...]
    uses: frozenset[Use]

    @property
    def signature(self) -> SignatureAlgorithm:
        """Return the usual signature algorithm.

        Raises InvalidInput with the field `key_type` if the type cannot sign.
        """
        if not self.signatures:
            raise InvalidInput.of("key_type", "key_type.signs", f"must be a key type that can sign; {self.name} cannot")
        return self.signatures[0]


_BOTH = frozenset({Use.CA, Use.LEAF})
_LEAF = frozenset({Use.LEAF})

_PSS = "1.2.840.113549.1.1.10"

_RSA_SHA256 = SignatureAlgorithm("RSA-SHA256", KeyFamily.RSA, "sha256", "1.2.840.113549.1.1.11")
_RSA_SHA384 = SignatureAlgorithm("RSA-SHA384", KeyFamily.RSA, "sha384", "1.2.840.113549.1.1.12")
_RSA_SHA512 = SignatureAlgorithm("RSA-SHA512", KeyFamily.RSA, "sha512", "1.2.840.113549.1.1.13")
_RSA_PSS_SHA256 = SignatureAlgorithm("RSA-PSS-SHA256", KeyFamily.RSA, "sha256", _PSS, pss=True)
_RSA_PSS_SHA384 = SignatureAlgorithm("RSA-PSS-SHA384", KeyFamily.RSA, "sha384", _PSS, pss=True)
_RSA_PSS_SHA512 = SignatureAlgorithm("RSA-PSS-SHA512", KeyFamily.RSA, "sha512", _PSS, pss=True)
_ECDSA_SHA256 = SignatureAlgorithm("ECDSA-SHA256", KeyFamily.EC, "sha256", "1.2.840.10045.4.3.2")
_ECDSA_SHA384 = SignatureAlgorithm("ECDSA-SHA384", KeyFamily.EC, "sha384", "1.2.840.10045.4.3.3")
_ECDSA_SHA512 = SignatureAlgorithm("ECDSA-SHA512", KeyFamily.EC, "sha512", "1.2.840.10045.4.3.4")
_ED25519 = SignatureAlgorithm("Ed25519", KeyFamily.ED25519, None, "1.3.101.112", 64)
_ED448 = SignatureAlgorithm("Ed448", KeyFamily.ED448, None, "1.3.101.113", 114)
_ML_DSA_44 = SignatureAlgorithm("ML-DSA-44", KeyFamily.ML_DSA, None, "2.16.840.1.101.3.4.3.17", 2420)
_ML_DSA_65 = SignatureAlgorithm("ML-DSA-65", KeyFamily.ML_DSA, None, "2.16.840.1.101.3.4.3.18", 3309)
_ML_DSA_87 = SignatureAlgorithm("ML-DSA-87", KeyFamily.ML_DSA, None, "2.16.840.1.101.3.4.3.19", 4627)

_RSA = (_RSA_SHA256, _RSA_SHA384, _RSA_SHA512, _RSA_PSS_SHA256, _RSA_PSS_SHA384, _RSA_PSS_SHA512)
_RSA_LONG = (_RSA_SHA384, *(row for row in _RSA if row is not _RSA_SHA384))

# A curve has one hash, the one of its strength (RFC 5480 §4): a shorter one would be what is attacked, a longer one is
# cut to the curve's length.
KEY_TYPES: dict[str, KeyType] = {
    row.name: row
    for row in (
        KeyType("RSA-2048", KeyFamily.RSA, 2048, None, 112, _RSA, _BOTH),
        KeyType("RSA-3072", KeyFamily.RSA, 3072, None, 128, _RSA, _BOTH),
        KeyType("RSA-4096", KeyFamily.RSA, 4096, None, 140, _RSA_LONG, _BOTH),
        KeyType("ECDSA-P256", KeyFamily.EC, 256, "secp256r1", 128, (_ECDSA_SHA256,), _BOTH),
        KeyType("ECDSA-P384", KeyFamily.EC, 384, "secp384r1", 192, (_ECDSA_SHA384,), _BOTH),
        KeyType("ECDSA-P521", KeyFamily.EC, 521, "secp521r1", 256, (_ECDSA_SHA512,), _BOTH),
        KeyType("Ed25519", KeyFamily.ED25519, 256, None, 128, (_ED25519,), _BOTH),
        KeyType("Ed448", KeyFamily.ED448, 456, None, 224, (_ED448,), _BOTH),
        KeyType("ML-DSA-44", KeyFamily.ML_DSA, 44, None, 128, (_ML_DSA_44,), _BOTH),
        KeyType("ML-DSA-65", KeyFamily.ML_DSA, 65, None, 192, (_ML_DSA_65,), _BOTH),
        KeyType("ML-DSA-87", KeyFamily.ML_DSA, 87, None, 256, (_ML_DSA_87,), _BOTH),
        KeyType("ML-KEM-768", KeyFamily.ML_KEM, 768, None, 192, (), _LEAF),
        KeyType("ML-KEM-1024", KeyFamily.ML_KEM, 1024, None, 256, (), _LEAF),
    )
}

SIGNATURES: dict[str, SignatureAlgorithm] = {
    algorithm.name: algorithm for row in KEY_TYPES.values() for algorithm in row.signatures
}


def get_key_type(name: str, field: str = "key_type") -> KeyType:
    """Return the key type with exactly this name. Raises InvalidInput for `field` if there is none."""
    try:
        return KEY_TYPES[name]
    except KeyError:
        known = ", ".join(KEY_TYPES)
        raise InvalidInput.of(field, "key_type.known", f"must be one of {known}, not {name!r}") from None


def get_signature_algorithm(name: str, field: str = "signature_algorithm") -> SignatureAlgorithm:
    """Return the signature algorithm with exactly this name. Raises InvalidInput for `field` if there is none."""
    try:
        return SIGNATURES[name]
    except KeyError:
        known = ", ".join(SIGNATURES)
        raise InvalidInput.of(field, "signature_algorithm.known", f"must be one of {known}, not {name!r}") from None


def require_fit(row: KeyType, algorithm: SignatureAlgorithm, field: str = "signature_algorithm") -> None:
    """Raise InvalidInput for `field` unless keys of that type can sign with the algorithm."""
    if algorithm not in row.signatures:
        message = f"must be a signature algorithm for {row.name} keys, not {algorithm.name}"
        raise InvalidInput.of(field, "signature_algorithm.key_type", message)


def choose_signature(row: KeyType, name: str | None) -> SignatureAlgorithm:
    """Return the algorithm with that name, or without a name the usual one of the key type.

    Raises InvalidInput for the field `key_type` if such keys cannot sign, or for `signature_algorithm` if the name is
    unknown or does not fit the key type.
    """
    usual = row.signature
    if name is None:
        return usual
    algorithm = get_signature_algorithm(name)
    require_fit(row, algorithm)
    return algorithm


def list_signing_key_types(use: Use) -> tuple[str, ...]:
    """Return the names of all key types that can sign and can be used for that purpose."""
    return tuple(row.name for row in KEY_TYPES.values() if row.signatures and use in row.uses)


def find_key_type(family: KeyFamily, size: int, curve: str | None = None) -> KeyType | None:
    """Return the key type with these parameters, or None if it is not supported (RSA-1024, brainpool)."""
    for row in KEY_TYPES.values():
        if row.family is family and row.curve == curve and row.size == size:
            return row
    return None


def choose_ocsp_signer_type(issuer: KeyType) -> KeyType:
    """Return the key type of an issuer's OCSP signing certificate: the same family at its smallest size.

    A client that can verify the issuer's certificates can then verify its OCSP responses, which stay short.
    """
    return next(row for row in KEY_TYPES.values() if row.family is issuer.family)


def choose_ocsp_signature(issuer: SignatureAlgorithm, signer: KeyType) -> SignatureAlgorithm:
    """Return the algorithm for OCSP responses: the issuer's if the signer's key can use it, else its usual one."""
    return issuer if issuer in signer.signatures else signer.signature
