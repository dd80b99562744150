"""Keys of registration authorities in the keystore: they decrypt and sign, and no key backend finds them."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP, PKCS1v15
from cryptography.hazmat.primitives.serialization import load_der_public_key

from pki_manager.domain.algorithms import KEY_TYPES
from pki_manager.domain.errors import NotFound
from pki_manager.domain.key_transport import PKCS1_V1_5, KeyTransport
from pki_manager.ports.signer import KeyRef
from pki_manager.signers.embedded.ra_keys import EmbeddedRaKeys
from pki_manager.signers.embedded.signer import EmbeddedSigner
from tests.support.keystores import HandClock, keystore


def _public(spki: bytes) -> rsa.RSAPublicKey:
    key = load_der_public_key(spki)
    assert isinstance(key, rsa.RSAPublicKey)
    return key


def test_a_key_signs_and_decrypts_by_its_public_half(tmp_path: Path) -> None:
    keys = EmbeddedRaKeys(keystore(tmp_path))
    spki = keys.generate("one")
    assert keys.generate("one") == spki != keys.generate("two")
    _public(spki).verify(keys.sign(spki, b"text"), b"text", PKCS1v15(), hashes.SHA256())
    assert keys.decrypt(spki, _public(spki).encrypt(b"secret", PKCS1v15()), PKCS1_V1_5) == b"secret"
    for name, kind in (("sha1", hashes.SHA1), ("sha256", hashes.SHA256)):
        wrapped = _public(spki).encrypt(b"secret", OAEP(MGF1(kind()), kind(), None))
        assert keys.decrypt(spki, wrapped, KeyTransport(name, name)) == b"secret"


@pytest.mark.parametrize("transport", [PKCS1_V1_5, KeyTransport("sha256", "sha256")])
@pytest.mark.parametrize("data", [bytes(256), b"\xff" * 256, b"", b"short"])
def test_enr_07_what_was_not_encrypted_to_the_key_is_no_error(
    tmp_path: Path, transport: KeyTransport, data: bytes
) -> None:
    keys = EmbeddedRaKeys(keystore(tmp_path))
    assert keys.decrypt(keys.generate("one"), data, transport) in (None, b"") or transport == PKCS1_V1_5


def test_no_key_backend_signs_with_the_key(tmp_path: Path) -> None:
    store = keystore(tmp_path)
    keys = EmbeddedRaKeys(store)
    keys.generate("one")
    backend = EmbeddedSigner("embedded", store, clock=HandClock())
    with pytest.raises(NotFound, match=r"Key .* not found"):
        backend.get_public_key(KeyRef("embedded", "one"))
    with pytest.raises(NotFound, match=r"Key .* not found"):
        backend.adopt(KEY_TYPES["RSA-2048"], "one")


def test_the_key_of_a_backend_decrypts_nothing(tmp_path: Path) -> None:
    store = keystore(tmp_path)
    backend = EmbeddedSigner("embedded", store, clock=HandClock())
    spki = backend.get_public_key(backend.generate(KEY_TYPES["RSA-2048"], "ca"))
    with pytest.raises(NotFound, match="The key of the registration authority"):
        EmbeddedRaKeys(store).decrypt(spki, bytes(256), PKCS1_V1_5)


def test_keys_are_destroyed_by_the_beginning_of_their_ids(tmp_path: Path) -> None:
    keys = EmbeddedRaKeys(keystore(tmp_path))
    gone, kept = keys.generate("a-1"), keys.generate("b-1")
    keys.destroy("a-")
    assert keys.sign(kept, b"")
    with pytest.raises(NotFound, match="The key of the registration authority"):
        keys.sign(gone, b"")
