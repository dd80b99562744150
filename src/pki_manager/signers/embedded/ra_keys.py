"""Keys of registration authorities in the keystore. They are not available to key backends."""

from __future__ import annotations

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP, AsymmetricPadding, PKCS1v15

from pki_manager.domain.algorithms import KEY_TYPES
from pki_manager.domain.errors import BackendUnavailable, NotFound
from pki_manager.domain.key_transport import KeyTransport
from pki_manager.signers.embedded import keys
from pki_manager.signers.embedded.keystore import Keystore, RecordKind

KEY_TYPE = KEY_TYPES["RSA-2048"]
"""Key type that the oldest devices can encrypt to. Each RA certificate has a different key, used for a year."""

_HASHES: dict[str, type[hashes.HashAlgorithm]] = {
    "sha1": hashes.SHA1,
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
}


class EmbeddedRaKeys:
    """The RA keys (`ports.ra_keys.RaKeys`) in a keystore. No private key stays in memory."""

    def __init__(self, keystore: Keystore) -> None:
        self._keystore = keystore

    def generate(self, key_id: str) -> bytes:
        """Implement `RaKeys.generate`."""
        record = self._keystore.find(RecordKind.RA_KEY, key_id)
        if record is None:
            key = keys.generate(KEY_TYPE)
            record = self._keystore.add(
                RecordKind.RA_KEY, key_id, keys.to_pkcs8(key), key_type=KEY_TYPE.name, spki=keys.encode_spki(key)
            )
        return record.spki

    def sign(self, spki_der: bytes, data: bytes, hash_name: str = "sha256") -> bytes:
        """Implement `RaKeys.sign`."""
        return self._open(spki_der).sign(data, PKCS1v15(), _HASHES[hash_name]())

    def decrypt(self, spki_der: bytes, data: bytes, transport: KeyTransport) -> bytes | None:
        """Implement `RaKeys.decrypt`.

        For invalid PKCS #1 v1.5 padding OpenSSL returns random octets in the same time as for valid padding.
        """
        try:
            return self._open(spki_der).decrypt(data, _padding(transport))
        except ValueError:
            return None

    def destroy(self, prefix: str) -> None:
        """Implement `RaKeys.destroy`."""
        for record in self._keystore.find_all(RecordKind.RA_KEY):
            if record.id.startswith(prefix):
                self._keystore.remove(RecordKind.RA_KEY, record.id)

    def _open(self, spki_der: bytes) -> rsa.RSAPrivateKey:
        record = next((one for one in self._keystore.find_all(RecordKind.RA_KEY) if one.spki == spki_der), None)
        if record is None:
            raise NotFound("The key of the registration authority is not in the keystore.")
        key = keys.from_pkcs8(self._keystore.open(record))
        if not isinstance(key, rsa.RSAPrivateKey):
            raise BackendUnavailable(f"Key {record.id!r} in the keystore is not an RSA key.")
        return key


def _padding(transport: KeyTransport) -> AsymmetricPadding:
    if transport.hash_name is None or transport.mgf1_hash_name is None:
        return PKCS1v15()
    return OAEP(MGF1(_HASHES[transport.mgf1_hash_name]()), _HASHES[transport.hash_name](), None)
