"""The keys of registration authorities: RSA keys that decrypt what enrolling clients send, and sign the responses."""

from __future__ import annotations

from typing import Protocol

from pki_manager.domain.key_transport import KeyTransport


class RaKeys(Protocol):
    """Keys that decrypt, which the keys of a `Signer` never do. All methods raise BackendUnavailable.

    A key is identified by its SubjectPublicKeyInfo (DER). NotFound for one that is not here.
    """

    def generate(self, key_id: str) -> bytes:
        """Generate an RSA key under that ID, or return the one that has it: its SubjectPublicKeyInfo, DER."""
        ...

    def sign(self, spki_der: bytes, data: bytes) -> bytes:
        """RSASSA-PKCS1-v1_5 with SHA-256 over `data`."""
        ...

    def decrypt(self, spki_der: bytes, data: bytes, transport: KeyTransport) -> bytes | None:
        """The plaintext; None, or other octets, when `data` was not encrypted to this key in this way."""
        ...

    def destroy(self, prefix: str) -> None:
        """Erase every key whose ID begins with `prefix`, permanently."""
        ...
