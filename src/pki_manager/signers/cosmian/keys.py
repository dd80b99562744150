"""Key types and signature algorithms in the KMIP terms of Cosmian KMS."""

from __future__ import annotations

from datetime import datetime

from pki_manager.domain.algorithms import KeyFamily, KeyType, SignatureAlgorithm
from pki_manager.signers.cosmian.wire import Element, boolean, enumeration, integer, moment, octets, structure, text

SIGN, VERIFY = 1, 2
"""Cryptographic usage masks of the private and the public key. Both builds of the KMS accept them."""

_CURVES = {"secp256r1": "P256", "secp384r1": "P384", "secp521r1": "P521"}


def create_key_pair(row: KeyType, key_id: str, active_since: datetime) -> Element:
    """Return the CreateKeyPair request with the given ID. The public key is `<id>_pk`.

    Sensitive is set for the private key only: in the common attributes it would apply to the public key too.
    """
    return structure(
        "CreateKeyPair",
        structure("CommonAttributes", *_kind(row)),
        structure(
            "PrivateKeyAttributes",
            text("UniqueIdentifier", key_id),
            integer("CryptographicUsageMask", SIGN),
            boolean("Sensitive", value=True),
            boolean("Extractable", value=False),
            moment("ActivationDate", active_since),
        ),
        structure(
            "PublicKeyAttributes",
            integer("CryptographicUsageMask", VERIFY),
            moment("ActivationDate", active_since),
        ),
    )


def _kind(row: KeyType) -> tuple[Element, ...]:
    """Return the attributes for a key type. An EC key without its curve would become a Curve25519 key."""
    match row.family:
        case KeyFamily.RSA:
            return enumeration("CryptographicAlgorithm", "RSA"), integer("CryptographicLength", row.size)
        case KeyFamily.EC:
            curve = enumeration("RecommendedCurve", _CURVES[row.curve or ""])
            return (
                enumeration("CryptographicAlgorithm", "ECDSA"),
                structure("CryptographicDomainParameters", curve),
            )
        case KeyFamily.ML_DSA:
            return (enumeration("CryptographicAlgorithm", f"MLDSA_{row.size}"),)
        case _:
            return (enumeration("CryptographicAlgorithm", row.name),)


def sign(key_id: str, data: bytes, algorithm: SignatureAlgorithm) -> Element:
    """Return the Sign request. `Data` is always present: without it the server signs an empty string."""
    return structure(
        "Sign", text("UniqueIdentifier", key_id), *build_signing_parameters(algorithm), octets("Data", data)
    )


def build_signing_parameters(algorithm: SignatureAlgorithm) -> tuple[Element, ...]:
    """Return all cryptographic parameters, because the defaults of the KMS are PSS for RSA and SHA-256 for every curve.

    The hash of a curve has the strength of the curve (`domain.algorithms`). For P-256 it must be SHA-256, which the KMS
    uses for that curve in any case.
    """
    if algorithm.hash_name is None:
        return ()
    digest = algorithm.hash_name.upper()
    if algorithm.family is KeyFamily.EC:
        scheme = f"ECDSAWith{digest}"
    else:
        scheme = "RSASSAPSS" if algorithm.pss else f"{digest}WithRSAEncryption"
    return (
        structure(
            "CryptographicParameters",
            enumeration("HashingAlgorithm", digest),
            enumeration("DigitalSignatureAlgorithm", scheme),
        ),
    )
