"""Private keys that were made elsewhere: tested, then sealed by the same hands as those that are made here."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa, x25519
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from pki_manager.domain.algorithms import KEY_TYPES, Use, list_signing_key_types
from pki_manager.domain.errors import Conflict, InvalidInput, NotFound
from pki_manager.ports.signer import KeyRef
from pki_manager.signers.embedded import keys
from pki_manager.signers.embedded.keystore import RecordKind
from pki_manager.signers.embedded.signer import EmbeddedSigner
from pki_manager.signers.options import BackendOptions
from pki_manager.signers.registry import Backends, Collaborators
from tests.contract.signer.verification import verifies
from tests.fakes.clock import FrozenClock
from tests.fakes.signer import FakeSigner
from tests.support.canary import clothes, hits
from tests.support.keystores import HandClock, keystore

P256, RSA = KEY_TYPES["ECDSA-P256"], KEY_TYPES["RSA-2048"]


@pytest.fixture
def signer(tmp_path: Path) -> EmbeddedSigner:
    return EmbeddedSigner("embedded", keystore(tmp_path), clock=HandClock())


def pkcs8(key: keys.PrivateKey | x25519.X25519PrivateKey) -> bytes:
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


@pytest.mark.parametrize(
    "name", [name for name in list_signing_key_types(Use.CA) if name not in ("RSA-3072", "RSA-4096")]
)
def test_an_imported_key_signs(signer: EmbeddedSigner, name: str) -> None:
    row, key = KEY_TYPES[name], keys.generate(KEY_TYPES[name])
    ref = signer.import_key(row, "theirs", pkcs8(key))
    assert ref == KeyRef("embedded", "theirs")
    assert signer.get_public_key(ref) == keys.encode_spki(key)
    assert verifies(keys.encode_spki(key), signer.sign(ref, b"x", row.signature, "op"), b"x", row.signature)


def test_kms_09_an_imported_key_is_sealed_like_one_that_was_made_here(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    store = keystore(home)
    signer = EmbeddedSigner("embedded", store, clock=HandClock())
    key = pkcs8(keys.generate(P256))
    signer.import_key(P256, "theirs", key)
    signer.generate(P256, "ours")
    with closing(sqlite3.connect(home / "keystore.db")) as raw:
        rows = dict(raw.execute("SELECT id, kind || version || key_type || length(nonce) FROM records"))
    assert rows["theirs"] == rows["ours"]
    record = store.find(RecordKind.PRIVATE_KEY, "theirs")
    assert record is not None
    assert store.open(record) == key
    assert hits(tmp_path, list(clothes(key))) == []


def test_importing_again_gives_the_same_key_and_another_is_a_conflict(signer: EmbeddedSigner) -> None:
    key = pkcs8(keys.generate(P256))
    assert signer.import_key(P256, "theirs", key) == signer.import_key(P256, "theirs", key)
    spki = signer.get_public_key(KeyRef("embedded", "theirs"))
    with pytest.raises(Conflict, match="Another key"):
        signer.import_key(P256, "theirs", pkcs8(keys.generate(P256)))
    assert signer.get_public_key(KeyRef("embedded", "theirs")) == spki


def unsound() -> bytes:
    """A modulus of one key with the primes of another."""
    key = rsa.generate_private_key(65537, 2048)
    der = bytearray(pkcs8(key))
    modulus = key.public_key().public_numbers().n.to_bytes(256, "big")
    at = der.index(modulus) + 200
    der[at] ^= 4
    return bytes(der)


@pytest.mark.parametrize(
    ("make", "rule"),
    [
        (lambda: b"", "private_key.sound"),
        (lambda: b"0\x82", "private_key.sound"),
        (unsound, "private_key.sound"),
        (lambda: pkcs8(x25519.X25519PrivateKey.generate()), "private_key.type"),
        (lambda: pkcs8(ec.generate_private_key(ec.SECP384R1())), "private_key.type"),
        (lambda: pkcs8(rsa.generate_private_key(65537, 2048)), "private_key.type"),
        (
            lambda: ec.generate_private_key(ec.SECP256R1()).private_bytes(
                Encoding.DER, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret")
            ),
            "private_key.sound",
        ),
    ],
    ids=["nothing", "cut off", "unsound", "no signing key", "another curve", "another family", "encrypted"],
)
def test_what_is_no_sound_key_of_that_type_is_refused_and_leaves_nothing(
    signer: EmbeddedSigner, make: object, rule: str
) -> None:
    der = make()
    row = RSA if make is unsound else P256
    with pytest.raises(InvalidInput) as refused:
        signer.import_key(row, "theirs", der)
    assert [error.rule for error in refused.value.errors] == [rule]
    with pytest.raises(NotFound, match=r"Key .* not found"):
        signer.get_public_key(KeyRef("embedded", "theirs"))


class GeneratingSigner(FakeSigner):
    """Takes no keys from outside."""

    import_key = None


def test_a_backend_that_takes_no_keys_says_so(tmp_path: Path, clock: FrozenClock) -> None:
    given = Collaborators(home=tmp_path, keystore=keystore(tmp_path), clock=clock)
    configured = [BackendOptions(name="embedded", kind="embedded"), BackendOptions(name="hsm", kind="fake")]
    kinds = {
        "embedded": lambda options, given: EmbeddedSigner("embedded", given.keystore, clock=given.clock),
        "fake": lambda options, given: GeneratingSigner("hsm"),
    }
    backends = Backends(configured, given, kinds)
    assert backends.get_importing("embedded").import_key(P256, "theirs", pkcs8(keys.generate(P256)))
    with pytest.raises(InvalidInput, match="can import keys") as refused:
        backends.get_importing("hsm")
    assert refused.value.errors[0].field == "backend"
    with pytest.raises(NotFound, match=r"Key backend .* not found"):
        backends.get_importing("nowhere")
