"""Key types and signatures in PKCS #11 terms (v2.40, and v3.0 for Edwards curves).

PKI Manager hashes messages and sends only digests to the token: not every token can hash, and transferring a CRL of
several megabytes would take long. Edwards curves sign the message itself.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple, Protocol

import pkcs11
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key
from pkcs11.constants import Attribute, MechanismFlag
from pkcs11.exceptions import AttributeTypeInvalid, PKCS11Error
from pkcs11.mechanisms import MGF, Mechanism
from pkcs11.mechanisms import KeyType as TokenKeyType

from pki_manager.domain.algorithms import KEY_TYPES, KeyFamily, KeyType, SignatureAlgorithm
from pki_manager.domain.errors import Conflict
from pki_manager.signers.embedded.keys import get_signing_arguments

STAYS = {
    Attribute.TOKEN: True,
    Attribute.PRIVATE: True,
    Attribute.SENSITIVE: True,
    Attribute.EXTRACTABLE: False,
}
"""Attributes of every generated private key: it cannot leave the token, not even wrapped."""

_CURVE_OIDS = {
    "secp256r1": bytes.fromhex("06082a8648ce3d030107"),
    "secp384r1": bytes.fromhex("06052b81040022"),
    "secp521r1": bytes.fromhex("06052b81040023"),
}
_ED25519_OID = bytes.fromhex("06032b6570")
_CURVES: dict[str, type[ec.EllipticCurve]] = {
    "secp256r1": ec.SECP256R1,
    "secp384r1": ec.SECP384R1,
    "secp521r1": ec.SECP521R1,
}

_DIGEST_INFO = {
    "sha256": bytes.fromhex("3031300d060960864801650304020105000420"),
    "sha384": bytes.fromhex("3041300d060960864801650304020205000430"),
    "sha512": bytes.fromhex("3051300d060960864801650304020305000440"),
}
"""DigestInfo prefix that precedes the digest in PKCS #1 v1.5 (RFC 8017 §9.2, note 1)."""

_PSS = {
    "sha256": (Mechanism.SHA256, MGF.SHA256, 32),
    "sha384": (Mechanism.SHA384, MGF.SHA384, 48),
    "sha512": (Mechanism.SHA512, MGF.SHA512, 64),
}


class PrivateKey(Protocol):
    """The methods of a private key object that PKI Manager uses. The types of python-pkcs11 do not declare them."""

    def __getitem__(self, attribute: Attribute) -> Any: ...  # noqa: ANN401 - as each attribute has it

    def sign(
        self, data: bytes, *, mechanism: Mechanism, mechanism_param: tuple[Mechanism, MGF, int] | None = None
    ) -> bytes: ...

    def decrypt(
        self, data: bytes, *, mechanism: Mechanism, mechanism_param: tuple[Mechanism, MGF, bytes | None]
    ) -> bytes: ...


class _Needs(NamedTuple):
    """The mechanisms that a token must support for a key family: to generate keys, and to sign with them."""

    generate: Mechanism
    sign: Mechanism


_FAMILIES = {
    KeyFamily.RSA: _Needs(Mechanism.RSA_PKCS_KEY_PAIR_GEN, Mechanism.RSA_PKCS),
    KeyFamily.EC: _Needs(Mechanism.EC_KEY_PAIR_GEN, Mechanism.ECDSA),
    KeyFamily.ED25519: _Needs(Mechanism.EC_EDWARDS_KEY_PAIR_GEN, Mechanism.EDDSA),
}


def list_key_types(slot: pkcs11.Slot) -> tuple[str, ...]:
    """Return the names of the key types that the token in that slot can generate and use for signing."""
    offered = slot.get_mechanisms()
    return tuple(row.name for row in KEY_TYPES.values() if _offers(slot, offered, row))


def _offers(slot: pkcs11.Slot, offered: set[Mechanism], row: KeyType) -> bool:
    needs = _FAMILIES.get(row.family)
    if needs is None or not offered.issuperset(needs):
        return False
    if row.family is KeyFamily.ED25519:
        return True
    try:
        info = slot.get_mechanism_info(needs.generate)
    except PKCS11Error:
        return False
    return (info.min_key_length or 0) <= row.size <= (info.max_key_length or row.size)


def generate(session: pkcs11.Session, key_type: KeyType, key_id: str) -> bytes:
    """Generate a key pair in the token with that ID as CKA_ID and CKA_LABEL.

    Returns its SubjectPublicKeyInfo (DER).
    """
    if key_type.family is KeyFamily.RSA:
        make: Callable[..., tuple[pkcs11.PublicKey, pkcs11.PrivateKey]] = partial(
            session.generate_keypair, TokenKeyType.RSA, key_type.size
        )
    else:
        make = _curve_of(session, key_type).generate_keypair
    public, _ = make(
        id=key_id.encode(),
        label=key_id,
        store=True,
        capabilities=MechanismFlag.SIGN | MechanismFlag.VERIFY,
        mechanism=_FAMILIES[key_type.family].generate,
        private_template=STAYS,
    )
    return encode_spki(public)


def _curve_of(session: pkcs11.Session, key_type: KeyType) -> pkcs11.DomainParameters:
    kind, oid = TokenKeyType.EC_EDWARDS, _ED25519_OID
    if key_type.curve is not None:
        kind, oid = TokenKeyType.EC, _CURVE_OIDS[key_type.curve]
    return session.create_domain_parameters(kind, {Attribute.EC_PARAMS: oid}, local=True)


def encode_spki(public: pkcs11.PublicKey) -> bytes:
    """Return the SubjectPublicKeyInfo (DER) of a public key object. Raises Conflict if its type is not supported."""
    kind = public[Attribute.KEY_TYPE]
    try:
        key: rsa.RSAPublicKey | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey
        if kind is TokenKeyType.RSA:
            numbers = (int.from_bytes(public[name], "big") for name in (Attribute.PUBLIC_EXPONENT, Attribute.MODULUS))
            key = rsa.RSAPublicNumbers(*numbers).public_key()
        elif kind is TokenKeyType.EC_EDWARDS:
            key = ed25519.Ed25519PublicKey.from_public_bytes(_point(public, 32))
        else:
            curve = _curve(public[Attribute.EC_PARAMS])
            key = ec.EllipticCurvePublicKey.from_encoded_point(
                curve, _point(public, 2 * ((curve.key_size + 7) // 8) + 1)
            )
    except (ValueError, KeyError, AttributeTypeInvalid):
        raise Conflict(f"The key in the token has a type that this version does not support ({kind!r}).") from None
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _curve(parameters: bytes) -> ec.EllipticCurve:
    """Return the curve with these parameters (the DER-encoded OID). Raises KeyError if it is not supported."""
    return _CURVES[{oid: name for name, oid in _CURVE_OIDS.items()}[parameters]]()


def _point(public: pkcs11.PublicKey, octets: int) -> bytes:
    """Return the point in CKA_EC_POINT, which is in an OCTET STRING (v2.40) or, in some modules, without it."""
    return bytes(public[Attribute.EC_POINT])[-octets:]


def sign(key: PrivateKey, data: bytes, algorithm: SignatureAlgorithm) -> bytes:
    """Return the signature in X.509 encoding (see `ports.signer`).

    `algorithm` must be one of the key type's algorithms.
    """
    if algorithm.hash_name is None:
        return key.sign(data, mechanism=Mechanism.EDDSA)
    digest = hashlib.new(algorithm.hash_name, data).digest()
    if algorithm.family is KeyFamily.EC:
        raw = key.sign(digest, mechanism=Mechanism.ECDSA)
        half = len(raw) // 2
        return encode_dss_signature(int.from_bytes(raw[:half], "big"), int.from_bytes(raw[half:], "big"))
    if algorithm.pss:
        return key.sign(digest, mechanism=Mechanism.RSA_PKCS_PSS, mechanism_param=_PSS[algorithm.hash_name])
    return key.sign(_DIGEST_INFO[algorithm.hash_name] + digest, mechanism=Mechanism.RSA_PKCS)


def is_signed(spki_der: bytes, signature: bytes, data: bytes, algorithm: SignatureAlgorithm) -> bool:
    """Return whether the private key of `spki_der` created the signature."""
    key = load_der_public_key(spki_der)
    if not isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey):
        return False
    try:
        key.verify(signature, data, *get_signing_arguments(algorithm))
    except InvalidSignature:
        return False
    return True
