"""The port of registration authority keys: RSA keys that decrypt requests and sign responses."""

from __future__ import annotations

from typing import Protocol

from pki_manager.domain.key_transport import KeyTransport


class RaKeys(Protocol):
    """Keys that can decrypt, which the keys of a `Signer` cannot. All methods raise BackendUnavailable.

    A key is identified by its SubjectPublicKeyInfo (DER); an unknown one raises NotFound.
    """

    def generate(self, key_id: str) -> bytes:
        """Generate an RSA key with that ID, or return the existing one (SubjectPublicKeyInfo, DER)."""
        ...

    def sign(self, spki_der: bytes, data: bytes) -> bytes:
        """Return the RSASSA-PKCS1-v1_5 signature with SHA-256 over `data`."""
        ...

    def decrypt(self, spki_der: bytes, data: bytes, transport: KeyTransport) -> bytes | None:
        """Return the plaintext. None, or other octets, if `data` was not encrypted to this key in this way."""
        ...

    def destroy(self, prefix: str) -> None:
        """Erase every key whose ID begins with `prefix`, permanently."""
        ...
