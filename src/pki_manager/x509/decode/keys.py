"""Descriptions of keys. Only the type of a private key is read; its numbers are neither loaded nor returned."""

from __future__ import annotations

import hashlib

from pki_manager.x509.asn1 import tlv
from pki_manager.x509.asn1.structures import AlgorithmIdentifier, read_algorithm
from pki_manager.x509.asn1.tlv import DerError, Tlv
from pki_manager.x509.decode.model import Decoded, DecodedKey, Json, ObjectKind
from pki_manager.x509.decode.oid_names import ALGORITHMS, CURVES
from pki_manager.x509.decode.text import Warnings, algorithm, oid

_SECRET = "this is a private key: everyone who has seen it can use it, and this server has now seen it"
_PROTECTED = "this is an encrypted private key: do not enter it, or its passphrase, in a form"
_RSA = ("RSA", "RSA-PSS")
_SIZES = {"P256": 256, "P384": 384, "P521": 521, "Ed25519": 256, "X25519": 256, "Ed448": 456, "X448": 448}


def describe_spki(spki: Tlv, warnings: Warnings) -> DecodedKey:
    """Describe the key of a SubjectPublicKeyInfo. Raises DerError if it is malformed."""
    parts = tlv.read_fields(spki, tlv.SEQUENCE, 2)
    bits = tlv.require_tag(parts[1], tlv.BIT_STRING).value
    kind, size = warnings.attempt("public key", lambda: _kind(read_algorithm(parts[0]), bits[1:]), ("unknown", None))
    return DecodedKey(type=kind, size=size, spki_sha256=hashlib.sha256(spki.raw).hexdigest())


def _kind(found: AlgorithmIdentifier, key: bytes) -> tuple[str, int | None]:
    """Return the name of a key as in the algorithm table, and its bits.

    For RSA, `key` is the DER of an RSAPublicKey or RSAPrivateKey.
    """
    called = algorithm(found)
    if called == "EC":
        curve = _curve(found.parameters)
        return f"ECDSA-{curve}", _SIZES.get(curve)
    if called in _RSA:
        size = _modulus_bits(tlv.read_whole(key, tlv.SEQUENCE).children())
        return f"{called}-{size}", size
    return called, _SIZES.get(called)


def _curve(parameters: bytes | None) -> str:
    if parameters is None or parameters[:1] != b"\x06":
        return "curve without a name"
    dotted_oid = oid(tlv.read_whole(parameters, tlv.OBJECT_IDENTIFIER).value)
    return CURVES.get(dotted_oid, dotted_oid)


def _modulus_bits(numbers: list[Tlv]) -> int:
    """Return the bits of the modulus of an RSAPublicKey or RSAPrivateKey.

    An RSAPrivateKey has a version before the same two numbers. Raises DerError if the numbers are missing.
    """
    place = 1 if len(numbers) > 2 else 0
    if len(numbers) < 2:
        raise DerError("an RSA key lacks its numbers")
    return int.from_bytes(tlv.require_tag(numbers[place], tlv.INTEGER).value, "big").bit_length()


def decode_public_key(element: Tlv, label: str | None) -> Decoded:
    """Describe a SubjectPublicKeyInfo (RFC 5280 §4.1.2.7) or an RSAPublicKey (RFC 8017 A.1.1)."""
    warnings = Warnings()
    if element.children()[0].tag == tlv.INTEGER:
        size = _modulus_bits(element.children())
        key = DecodedKey(type=f"RSA-{size}", size=size)
    else:
        key = describe_spki(element, warnings)
    return Decoded(
        kind=ObjectKind.PUBLIC_KEY,
        label=label,
        size=len(element.raw),
        fingerprint_sha256=hashlib.sha256(element.raw).hexdigest(),
        key=key,
        warnings=warnings.all(),
    )


def decode_private_key(element: Tlv, label: str | None) -> Decoded:
    """Describe the type of a private key; its numbers are not returned.

    The key is PKCS #8 (RFC 5958), RSAPrivateKey (RFC 8017), ECPrivateKey (RFC 5915), or OpenSSL's DSA format.
    """
    warnings = Warnings()
    warnings.add(_SECRET)
    kind, size = warnings.attempt("key", lambda: _private_kind(element.children()), ("unknown", None))
    return Decoded(
        kind=ObjectKind.PRIVATE_KEY,
        label=label,
        size=len(element.raw),
        key=DecodedKey(type=kind, size=size),
        warnings=warnings.all(),
    )


def describe_private_key(spki_der: bytes) -> Decoded:
    """Describe a private key by its SubjectPublicKeyInfo (DER), without reading the private key from its file."""
    warnings = Warnings()
    warnings.add(_SECRET)
    key = describe_spki(tlv.read_whole(spki_der, tlv.SEQUENCE), warnings)
    return Decoded(kind=ObjectKind.PRIVATE_KEY, label=None, size=0, key=key, warnings=warnings.all())


def _private_kind(fields: list[Tlv]) -> tuple[str, int | None]:
    if fields[1].tag == tlv.SEQUENCE:
        return _kind(read_algorithm(fields[1]), tlv.require_tag(fields[2], tlv.OCTET_STRING).value)
    if fields[1].tag == tlv.OCTET_STRING:
        parameters = next((tlv.read_only_child(field).raw for field in fields if field.tag == 0xA0), None)
        return f"ECDSA-{_curve(parameters)}", None
    if len(fields) == 6:
        return "DSA", None
    size = _modulus_bits(fields)
    return f"RSA-{size}", size


def decode_encrypted_key(element: Tlv, label: str | None) -> Decoded:
    """Describe the protection of an EncryptedPrivateKeyInfo (RFC 5958 §3). Its contents are not decrypted."""
    warnings = Warnings()
    warnings.add(_PROTECTED)
    scheme = read_algorithm(element.children()[0])
    return Decoded(
        kind=ObjectKind.ENCRYPTED_PRIVATE_KEY,
        label=label,
        size=len(element.raw),
        details=warnings.attempt("encryption", lambda: _protection(scheme), {"encryption": algorithm(scheme)}),
        warnings=warnings.all(),
    )


def _protection(scheme: AlgorithmIdentifier) -> dict[str, Json]:
    """Return the algorithm names of a password-based scheme.

    For PBES2 (RFC 8018 §6.2), these include key derivation and cipher; for an older scheme, only its name.
    """
    called = algorithm(scheme)
    if called != "PBES2" or scheme.parameters is None:
        return {"encryption": called}
    kdf, cipher = (read_algorithm(part) for part in tlv.read_whole(scheme.parameters, tlv.SEQUENCE).children()[:2])
    return {"encryption": called, "key_derivation": algorithm(kdf), "cipher": algorithm(cipher)}


def describe_legacy_key(label: str, body: str) -> Decoded:
    """Describe a PEM block that is encrypted by its headers (RFC 1421 §4.6.1.1), as old OpenSSL versions wrote keys."""
    cipher = next((line[9:].partition(",")[0].strip() for line in body.splitlines() if line[:9] == "DEK-Info:"), None)
    kind = label.partition(" ")[0]
    return Decoded(
        kind=ObjectKind.ENCRYPTED_PRIVATE_KEY,
        label=label,
        size=0,
        key=DecodedKey(type=ALGORITHMS.get(kind, kind), size=None),
        details={"encryption": cipher},
        warnings=(_PROTECTED, "encrypted by the old PEM method, which derives the key with one round of MD5"),
    )
