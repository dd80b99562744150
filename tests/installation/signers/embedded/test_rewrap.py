"""Another master key: all records under it or none; other processes follow; a kill at any moment locks nobody out."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from pki_manager.domain.algorithms import KEY_TYPES
from pki_manager.domain.errors import BackendUnavailable, HomeUnusable
from pki_manager.ports.signer import KeyRef
from pki_manager.signers.embedded.keystore import Keystore, RecordKind
from pki_manager.signers.embedded.master_key import KeyFile, PassphraseFile, create_key_file
from pki_manager.signers.embedded.rewrap import finish_change, replace_key_file
from pki_manager.signers.embedded.signer import EmbeddedSigner
from pki_manager.system import SystemEntropy
from tests.judges.services import require
from tests.support.keystores import CHEAP, HandClock, key_file, keystore, tamper

P256 = KEY_TYPES["ECDSA-P256"]
ROOT = Path(__file__).parents[4]


def passphrase_file(home: Path, text: str = "correct horse battery staple") -> PassphraseFile:
    path = home / "passphrase"
    path.touch(mode=0o600)
    path.write_text(text)
    return PassphraseFile(path)


def fill(home: Path) -> dict[str, bytes]:
    """Some records; what they hold."""
    store = keystore(home)
    for name in ("database-key", "audit-mac-key"):
        store.secret(name, create=True)
    signer = EmbeddedSigner("embedded", store, clock=HandClock())
    for number in range(3):
        signer.generate(P256, f"key-{number}")
    return contents(store, home)


def contents(store: Keystore, home: Path) -> dict[str, bytes]:
    with closing(sqlite3.connect(home / "keystore.db")) as raw:
        named = raw.execute("SELECT kind, id FROM records").fetchall()
    found = {f"{kind}/{name}": store.find(RecordKind(kind), name) for kind, name in named}
    return {name: store.open(record) for name, record in found.items() if record is not None}


def renew(home: Path, store: Keystore | None = None) -> int:
    return replace_key_file(
        store or keystore(home), KeyFile(home / "master.key"), lambda path: create_key_file(path, SystemEntropy())
    )


def test_everything_is_there_under_the_new_key_and_the_old_one_opens_nothing(tmp_path: Path) -> None:
    before = fill(tmp_path)
    old = (tmp_path / "master.key").read_bytes()
    assert renew(tmp_path) == len(before) == 5
    assert (tmp_path / "master.key").read_bytes() != old
    assert not (tmp_path / "master.key.new").exists()
    assert contents(keystore(tmp_path), tmp_path) == before
    key_file(tmp_path, "old.key")
    (tmp_path / "old.key").write_bytes(old)
    with pytest.raises(HomeUnusable, match="master key does not match"):
        keystore(tmp_path, KeyFile(tmp_path / "old.key"))


def test_a_record_is_sealed_with_another_nonce_and_counts_its_sealings(tmp_path: Path) -> None:
    fill(tmp_path)
    store = keystore(tmp_path)
    before = store.find(RecordKind.PRIVATE_KEY, "key-0")
    renew(tmp_path, store)
    after = store.find(RecordKind.PRIVATE_KEY, "key-0")
    assert (before.version, after.version) == (1, 2)
    assert before.nonce != after.nonce
    assert before.spki == after.spki
    assert before.created_at == after.created_at


def test_from_a_key_file_to_a_passphrase_and_back(tmp_path: Path) -> None:
    before = fill(tmp_path)
    keystore(tmp_path).rewrap(passphrase_file(tmp_path), argon2=CHEAP)
    with pytest.raises(HomeUnusable, match="master key does not match"):
        keystore(tmp_path)
    store = keystore(tmp_path, passphrase_file(tmp_path))
    assert contents(store, tmp_path) == before
    store.rewrap(key_file(tmp_path, "third.key"))
    assert contents(keystore(tmp_path, key_file(tmp_path, "third.key")), tmp_path) == before


def test_no_page_with_an_old_seal_is_left_in_the_files(tmp_path: Path) -> None:
    fill(tmp_path)
    store = keystore(tmp_path)
    old = store.find(RecordKind.PRIVATE_KEY, "key-1")
    renew(tmp_path, store)
    left = b"".join(path.read_bytes() for path in tmp_path.glob("keystore.db*"))
    assert old.sealed not in left


def test_a_damaged_record_stops_it_and_nothing_is_changed(tmp_path: Path) -> None:
    fill(tmp_path)
    tamper(tmp_path, "UPDATE records SET sealed = zeroblob(60) WHERE id = 'key-1'")
    files = (tmp_path / "master.key").read_bytes()
    with pytest.raises(HomeUnusable, match=r"'key-1' in the keystore is damaged\. Nothing was changed"):
        renew(tmp_path)
    assert (tmp_path / "master.key").read_bytes() == files
    assert keystore(tmp_path).secret("database-key", create=False)


def test_an_unfit_new_secret_changes_nothing(tmp_path: Path) -> None:
    before = fill(tmp_path)
    with pytest.raises(HomeUnusable, match="is empty"):
        keystore(tmp_path).rewrap(passphrase_file(tmp_path, "\n"))
    assert contents(keystore(tmp_path), tmp_path) == before


def test_a_process_that_runs_follows_to_the_new_key(tmp_path: Path) -> None:
    """It reads what is sealed by now, and what it makes is under the new key."""
    fill(tmp_path)
    clock = HandClock()
    running = keystore(tmp_path, clock=clock)
    signer = EmbeddedSigner("embedded", running, clock=clock)
    ref = KeyRef("embedded", "key-0")
    spki = signer.get_public_key(ref)
    stale = running.find(RecordKind.SECRET, "database-key")
    secret = running.open(stale)
    renew(tmp_path)
    clock.seconds += 10
    assert signer.sign(ref, b"x", P256.signature, "op")
    assert signer.get_public_key(ref) == spki
    assert running.open(stale) == secret, "a record that was read before"
    made = signer.get_public_key(signer.generate(P256, "made later"))
    again = EmbeddedSigner("embedded", keystore(tmp_path), clock=clock)
    assert again.get_public_key(KeyRef("embedded", "made later")) == made


def test_a_process_that_makes_a_key_right_after_makes_it_under_the_new_one(tmp_path: Path) -> None:
    fill(tmp_path)
    running = keystore(tmp_path)
    renew(tmp_path)
    secret = running.secret("made first of all", create=True)
    assert keystore(tmp_path).secret("made first of all", create=False) == secret


def test_a_process_whose_settings_do_not_know_the_new_key_says_so_and_makes_nothing(tmp_path: Path) -> None:
    fill(tmp_path)
    running = keystore(tmp_path)
    keystore(tmp_path).rewrap(passphrase_file(tmp_path), argon2=CHEAP)
    with pytest.raises(BackendUnavailable, match="The master key was changed"):
        running.secret("another", create=True)
    with pytest.raises(BackendUnavailable, match="The master key was changed"):
        running.secret("database-key", create=False)
    assert keystore(tmp_path, passphrase_file(tmp_path)).find(RecordKind.SECRET, "another") is None


def test_nothing_made_meanwhile_is_lost(tmp_path: Path) -> None:
    """Makers in other threads, each with a keystore of its own, while the key is changed again and again."""
    fill(tmp_path)
    made: dict[str, bytes] = {}

    def make(worker: int) -> None:
        store = keystore(tmp_path)
        for number in range(40):
            name = f"{worker}-{number}"
            made[name] = store.secret(name, create=True)

    with ThreadPoolExecutor(3) as pool:
        makers = [pool.submit(make, worker) for worker in range(3)]
        while not all(maker.done() for maker in makers):
            renew(tmp_path)
    for maker in makers:
        maker.result()
    store = keystore(tmp_path)
    assert {name: store.secret(name, create=False) for name in made} == made
    assert len(made) == 120


def test_a_change_that_was_cut_off_is_ended_by_whoever_opens_the_keystore(tmp_path: Path) -> None:
    before = fill(tmp_path)
    place = KeyFile(tmp_path / "master.key")
    create_key_file(place.successor, SystemEntropy())
    keystore(tmp_path).rewrap(KeyFile(place.successor))
    store = keystore(tmp_path)
    assert contents(store, tmp_path) == before
    finish_change(store, place)
    assert not place.successor.exists()
    assert contents(keystore(tmp_path), tmp_path) == before


def test_a_key_that_waits_for_nothing_is_left_alone_until_the_next_change(tmp_path: Path) -> None:
    before = fill(tmp_path)
    place = KeyFile(tmp_path / "master.key")
    create_key_file(place.successor, SystemEntropy())
    finish_change(keystore(tmp_path), place)
    assert place.successor.exists()
    renew(tmp_path)
    assert not place.successor.exists()
    assert contents(keystore(tmp_path), tmp_path) == before


CALLS = "pwrite64,fdatasync,fsync,rename,link,linkat,unlink,ftruncate,write"
RENEW = """
import sys
from pathlib import Path
from tests.installation.signers.embedded.test_rewrap import renew
home = Path(sys.argv[1])
renew(home)
"""


def killed_at(home: Path, call: int) -> bool:
    """A change, killed at the `call`th system call that could write; False when it came to its end before."""
    inject = f"inject={CALLS}:signal=SIGKILL:when={call}"
    command = [require("strace"), "-f", "-qq", "-o", "/dev/null", "-e", f"trace={CALLS}", "-e", inject]
    command += [sys.executable, "-B", "-c", RENEW, str(home)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode in (0, -9, 137), done.stderr
    return done.returncode != 0


def test_a_change_that_is_killed_at_any_of_its_writes_locks_nobody_out(tmp_path: Path) -> None:
    original = tmp_path / "original"
    original.mkdir()
    before = fill(original)
    kills = 0
    for call in range(1, 200):
        home = tmp_path / f"killed-{call}"
        shutil.copytree(original, home)
        was_killed = killed_at(home, call)
        assert contents(keystore(home), home) == before, f"killed at write {call}"
        finish_change(keystore(home), KeyFile(home / "master.key"))
        renew(home)
        assert contents(keystore(home), home) == before, f"changed again after a kill at write {call}"
        assert {path.name for path in home.iterdir() if "master" in path.name} == {"master.key"}
        shutil.rmtree(home)
        if not was_killed:
            break
        kills += 1
    assert kills >= 10, "too few writes seen: the test means nothing"


def test_the_salt_changes_with_the_key(tmp_path: Path) -> None:
    """By it other processes notice."""
    fill(tmp_path)

    def salt() -> bytes:
        with sa.create_engine(f"sqlite:///{tmp_path}/keystore.db").connect() as connection:
            return bytes(connection.exec_driver_sql("SELECT salt FROM header").scalar_one())

    first = salt()
    renew(tmp_path)
    assert salt() != first


def test_a_key_file_in_a_folder_that_cannot_be_written_changes_nothing(tmp_path: Path) -> None:
    before = fill(tmp_path)
    place = KeyFile(tmp_path / "nowhere" / "master.key")
    with pytest.raises(HomeUnusable, match="cannot be created: No such file or directory"):
        replace_key_file(keystore(tmp_path), place, lambda path: create_key_file(path, SystemEntropy()))
    assert contents(keystore(tmp_path), tmp_path) == before
