"""The port of the keys of registration authorities: RSA keys that decrypt requests and sign responses."""

from __future__ import annotations

from typing import Protocol

from pki_manager.domain.key_transport import KeyTransport


class RaKeys(Protocol):
    """Keys that can decrypt, unlike the keys of a `Signer`.

    All methods raise BackendUnavailable if the keys are unavailable. A key is identified by its SubjectPublicKeyInfo
    (DER); NotFound is raised if the key does not exist.
    """

    def generate(self, key_id: str) -> bytes:
        """Generate an RSA key with this ID unless it exists. Returns its SubjectPublicKeyInfo (DER)."""
        ...

    def sign(self, spki_der: bytes, data: bytes, hash_name: str = "sha256") -> bytes:
        """Return the RSASSA-PKCS1-v1_5 signature of `data`. `hash_name` is `sha256`, or `sha1` for old clients."""
        ...

    def decrypt(self, spki_der: bytes, data: bytes, transport: KeyTransport) -> bytes | None:
        """Return the plaintext of `data`.

        The result is None or other octets if `data` was not encrypted to this key in this way.
        """
        ...

    def destroy(self, prefix: str) -> None:
        """Permanently erase all keys whose IDs begin with `prefix`."""
        ...
