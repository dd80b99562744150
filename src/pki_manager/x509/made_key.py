"""A private key generated for a requester: in memory only, returned once, encrypted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from cryptography.hazmat.primitives.serialization.pkcs12 import serialize_key_and_certificates

from pki_manager.domain.algorithms import KeyFamily, KeyType
from pki_manager.domain.errors import Fault
from pki_manager.x509.export import build_pkcs12_encryption
from pki_manager.x509.signer_key import KemPrivateKey, PrivateKey, generate_kem_key, generate_key

_IN_PKCS12 = (rsa.RSAPrivateKey, ec.EllipticCurvePrivateKey, ed25519.Ed25519PrivateKey, ed448.Ed448PrivateKey)


@dataclass(frozen=True, slots=True)
class MadeKey:
    """A key generated for a requester. `spki_der` is its SubjectPublicKeyInfo. `repr` hides the private key."""

    spki_der: bytes
    _key: PrivateKey | KemPrivateKey = field(repr=False)

    @property
    def fits_pkcs12(self) -> bool:
        """Return whether any software can write and read this key type in PKCS #12."""
        return isinstance(self._key, _IN_PKCS12)

    def pkcs8(self) -> bytes:
        """Return the unencrypted key as OneAsymmetricKey (DER, RFC 5958 §2), for a channel that encrypts it."""
        return self._key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())

    def pem(self, passphrase: bytes) -> bytes:
        """Return the encrypted key as EncryptedPrivateKeyInfo (PEM, RFC 5958 §3, PBES2 with AES-256-CBC)."""
        return self._key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(passphrase))

    def pkcs12(self, chain: Sequence[bytes], passphrase: bytes, *, legacy: bool) -> bytes:
        """Return the key with its chain (DER, its certificate first) as PKCS #12 (RFC 7292).

        Raises Fault if the key type does not fit PKCS #12.
        """
        if not isinstance(self._key, _IN_PKCS12):
            raise Fault("A PKCS #12 file was requested for a key that cannot be stored in one.")
        own, *above = (x509.load_der_x509_certificate(der) for der in chain)
        encryption = build_pkcs12_encryption(passphrase, legacy=legacy)
        return serialize_key_and_certificates(b"certificate", self._key, own, above, encryption)


def make_key(key_type: KeyType) -> MadeKey:
    """Generate and return a key of that type."""
    key = generate_kem_key(key_type) if key_type.family is KeyFamily.ML_KEM else generate_key(key_type)
    return MadeKey(key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo), key)
