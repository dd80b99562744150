from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from pki_manager.domain.algorithms import KEY_TYPES, KeyFamily, KeyType, SignatureAlgorithm, Use, list_signing_key_types
from pki_manager.domain.errors import BackendUnavailable, InvalidInput, NotFound
from pki_manager.ports.signer import BackendState, KeyRef
from pki_manager.signers.embedded import signer as module
from pki_manager.signers.embedded.keystore import Keystore, Record, RecordKind
from pki_manager.signers.embedded.signer import CONFIRM_EVERY, EmbeddedSigner
from tests.support.keystores import HandClock, keystore, tamper

P256 = KEY_TYPES["ECDSA-P256"]
ED25519 = KEY_TYPES["Ed25519"]
ROOT = Path(__file__).parents[4]


def sign(signer: EmbeddedSigner, ref: KeyRef) -> bytes:
    return signer.sign(ref, b"x", ED25519.signature, "op")


def test_an_opened_key_signs_without_the_keystore_until_it_must_be_confirmed(tmp_path: Path):
    clock = HandClock()
    store = keystore(tmp_path)
    signer = EmbeddedSigner("embedded", store, clock=clock)
    ref = signer.generate(ED25519, "a")
    sign(signer, ref)
    store.remove(RecordKind.PRIVATE_KEY, "a")  # as another process would
    clock.seconds = CONFIRM_EVERY * 0.99
    sign(signer, ref)
    clock.seconds = CONFIRM_EVERY
    with pytest.raises(NotFound, match=r"Key .* not found"):
        sign(signer, ref)
    assert not signer._opened


def test_a_key_made_anew_under_an_old_id_replaces_the_opened_one(tmp_path: Path):
    clock = HandClock()
    signer = EmbeddedSigner("embedded", keystore(tmp_path), clock=clock)
    other = EmbeddedSigner("embedded", keystore(tmp_path), clock=clock)
    ref = signer.generate(ED25519, "a")
    before = signer.get_public_key(ref), sign(signer, ref)
    other.destroy(ref)
    other.generate(ED25519, "a")
    clock.seconds = CONFIRM_EVERY
    assert signer.get_public_key(ref) == other.get_public_key(ref) != before[0]
    assert sign(signer, ref) == sign(other, ref) != before[1]


def test_confirming_does_not_open_the_seal_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    clock = HandClock()
    signer = EmbeddedSigner("embedded", keystore(tmp_path), clock=clock)
    ref = signer.generate(ED25519, "a")
    opened: list[str] = []
    really = Keystore.open

    def counting(self: Keystore, record: Record) -> bytes:
        opened.append(record.id)
        return really(self, record)

    monkeypatch.setattr(Keystore, "open", counting)
    for second in range(5):
        clock.seconds = second * CONFIRM_EVERY
        sign(signer, ref)
    assert opened == ["a"]


def test_only_the_most_recently_used_keys_stay_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "CACHE_SIZE", 3)
    signer = EmbeddedSigner("embedded", keystore(tmp_path), clock=HandClock())
    refs = {name: signer.generate(ED25519, name) for name in "abcd"}
    for name in "abcad":
        sign(signer, refs[name])
    assert set(signer._opened) == {"a", "c", "d"}
    assert sign(signer, refs["b"])


def test_kms_06_a_damaged_key_is_unavailable_and_the_others_sign(tmp_path: Path):
    signer = EmbeddedSigner("embedded", keystore(tmp_path), clock=HandClock())
    bad, good = signer.generate(ED25519, "bad"), signer.generate(ED25519, "good")
    tamper(tmp_path, "UPDATE records SET sealed = substr(sealed, 2) WHERE id = 'bad'")
    for ask in (signer.get_public_key, lambda ref: sign(signer, ref)):
        with pytest.raises(BackendUnavailable, match="'bad' in the keystore is damaged"):
            ask(bad)
    assert sign(signer, good)
    assert signer.describe().state is BackendState.AVAILABLE


def test_kms_06_swapped_keys_do_not_sign_for_each_other(tmp_path: Path):
    signer = EmbeddedSigner("embedded", keystore(tmp_path), clock=HandClock())
    refs = [signer.generate(ED25519, name) for name in "ab"]
    tamper(
        tmp_path,
        "CREATE TEMP TABLE was AS SELECT * FROM records",
        "UPDATE records SET (spki, nonce, sealed) = (SELECT spki, nonce, sealed FROM was WHERE was.id <> records.id)",
    )
    for ref in refs:
        with pytest.raises(BackendUnavailable, match="in the keystore is damaged or was"):
            sign(signer, ref)


def test_a_sealed_thing_that_is_no_key_is_unavailable(tmp_path: Path):
    store = keystore(tmp_path)
    store.add(RecordKind.PRIVATE_KEY, "a", b"no key", key_type="Ed25519")
    with pytest.raises(BackendUnavailable, match="a type that this version does not support"):
        EmbeddedSigner("embedded", store, clock=HandClock()).get_public_key(KeyRef("embedded", "a"))


def test_a_key_type_that_cannot_be_made_is_refused_and_leaves_nothing(tmp_path: Path):
    store = keystore(tmp_path)
    signer = EmbeddedSigner("embedded", store, clock=HandClock())
    brainpool = KeyType("BP", KeyFamily.EC, 256, "brainpoolP256r1", 128, P256.signatures, frozenset({Use.CA}))
    with pytest.raises(InvalidInput, match="must be a key type that the embedded keystore supports"):
        signer.generate(brainpool, "a")
    assert store.find(RecordKind.PRIVATE_KEY, "a") is None
    assert signer.describe().key_types == list_signing_key_types(Use.CA)


@pytest.mark.parametrize("hash_name", ["sha1", None])
def test_a_hash_that_is_not_in_the_table_is_refused(tmp_path: Path, hash_name: str | None):
    signer = EmbeddedSigner("embedded", keystore(tmp_path), clock=HandClock())
    ref = signer.generate(P256, "a")
    with pytest.raises(InvalidInput, match="must be a signature algorithm for"):
        signer.sign(ref, b"x", SignatureAlgorithm("ECDSA-?", KeyFamily.EC, hash_name, "1.2.3"), "op")


def test_a_keystore_that_is_away_is_told_by_describe_and_raised_by_the_rest(tmp_path: Path):
    signer = EmbeddedSigner("embedded", keystore(tmp_path), clock=HandClock())
    ref = KeyRef("embedded", "a")
    tamper(tmp_path, "DROP TABLE records")
    description = signer.describe()
    assert (description.state, description.reason) == (
        BackendState.UNAVAILABLE,
        "The database of the keystore is unavailable.",
    )
    for ask in (lambda: signer.generate(P256, "a"), lambda: sign(signer, ref), lambda: signer.destroy(ref)):
        with pytest.raises(BackendUnavailable, match="The database of the keystore is unavailable"):
            ask()


MAKER = """
import sys
from pathlib import Path
from pki_manager.domain.algorithms import KEY_TYPES
from tests.contract.signer.adapters import open_embedded
home, first = Path(sys.argv[1]), int(sys.argv[2])
signer = open_embedded(home)
for number in range(first, first + 10_000):
    ref = signer.generate(KEY_TYPES["ECDSA-P256"], str(number))
    sys.stdout.write(f"{number} {signer.get_public_key(ref).hex()}\\n")
    sys.stdout.flush()
"""


def test_a_killed_maker_loses_no_key_that_it_named(tmp_path: Path):
    """kill -9 at no particular moment: every key whose id was told is there, whole, and making goes on."""
    told: dict[str, str] = {}
    for round_number in range(3):
        command = [sys.executable, "-c", MAKER, str(tmp_path), str(round_number * 10_000)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as maker:
            for _ in range(5 + round_number):
                number, spki = maker.stdout.readline().split()
                told[number] = spki
            os.kill(maker.pid, signal.SIGKILL)
    signer = EmbeddedSigner("embedded", keystore(tmp_path), clock=HandClock())
    for number, spki in told.items():
        ref = signer.generate(P256, number)
        assert signer.get_public_key(ref).hex() == spki
        assert signer.sign(ref, b"x", P256.signature, "op")
    assert len(told) == 18
