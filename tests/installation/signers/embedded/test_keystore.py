from __future__ import annotations

import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import pytest

from pki_manager.domain.errors import BackendUnavailable, HomeUnusable, NotFound
from pki_manager.signers.embedded.keystore import RecordKind
from pki_manager.signers.embedded.keystore_file import create_keystore, open_keystore
from pki_manager.signers.embedded.master_key import KeyFile, PassphraseFile
from pki_manager.system import SystemEntropy
from tests.support.keystores import HandClock, key_file, keystore, make_secret_there, tamper

KEY, SECRET = RecordKind.PRIVATE_KEY, RecordKind.SECRET


def reopen(home: Path, key: str = "master.key") -> None:
    open_keystore(home / "keystore.db", key_file(home, key), clock=HandClock(), entropy=SystemEntropy()).close()


def content(home: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in home.iterdir()}


def test_what_was_stored_opens_again_after_a_restart(tmp_path: Path):
    first = keystore(tmp_path)
    first.add(KEY, "a", b"private", key_type="Ed25519", spki=b"public")
    first.close()
    again = keystore(tmp_path)
    record = again.find(KEY, "a")
    assert again.open(record) == b"private"
    assert (record.key_type, record.spki, record.version) == ("Ed25519", b"public", 1)
    assert record.created_at == 1767323045678901


def test_a_taken_id_keeps_what_is_there(tmp_path: Path):
    store = keystore(tmp_path)
    store.add(KEY, "a", b"first", key_type="Ed25519")
    assert store.open(store.add(KEY, "a", b"second", key_type="Ed25519")) == b"first"


def test_keys_and_secrets_have_names_of_their_own(tmp_path: Path):
    store = keystore(tmp_path)
    store.add(KEY, "database", b"key")
    store.add(SECRET, "database", b"secret")
    assert store.open(store.find(KEY, "database")) == b"key"
    assert store.open(store.find(SECRET, "database")) == b"secret"


def test_every_record_has_a_nonce_of_its_own(tmp_path: Path):
    store = keystore(tmp_path)
    assert len({store.add(KEY, str(number), b"same").nonce for number in range(20)}) == 20


def test_kms_06_a_wrong_master_key_is_refused_and_nothing_touched(tmp_path: Path):
    store = keystore(tmp_path)
    store.secret("database", create=True)
    store.close()
    key_file(tmp_path, "other.key")
    before = content(tmp_path)
    with pytest.raises(HomeUnusable, match="master key does not match"):
        reopen(tmp_path, "other.key")
    assert content(tmp_path) == before
    reopen(tmp_path)


def test_kms_06_a_wrong_passphrase_is_refused(tmp_path: Path):
    path = tmp_path / "passphrase"
    path.touch(0o600)
    path.write_text("correct horse")
    keystore(tmp_path, PassphraseFile(path)).close()
    path.write_text("incorrect horse")
    with pytest.raises(HomeUnusable, match="master key does not match"):
        keystore(tmp_path, PassphraseFile(path))


@pytest.mark.parametrize("column", ["sealed", "nonce", "spki"])
def test_kms_06_a_flipped_byte_spoils_its_record_only(tmp_path: Path, column: str):
    store = keystore(tmp_path)
    for name in "ab":
        store.add(KEY, name, b"private " + name.encode(), key_type="Ed25519", spki=b"public")
    whole = getattr(store.find(KEY, "a"), column)
    for position in range(len(whole)):
        spoilt = bytes([*whole[:position], whole[position] ^ 0x10, *whole[position + 1 :]])
        tamper(tmp_path, f"UPDATE records SET {column} = x'{spoilt.hex()}' WHERE id = 'a'")
        with pytest.raises(BackendUnavailable, match="'a' in the keystore is damaged"):
            store.open(store.find(KEY, "a"))
    tamper(tmp_path, f"UPDATE records SET {column} = x'{whole.hex()}' WHERE id = 'a'")
    assert store.open(store.find(KEY, "a")) == b"private a"
    assert store.open(store.find(KEY, "b")) == b"private b"


@pytest.mark.parametrize(
    "change",
    ["key_type = 'RSA-2048'", "version = 2", "sealed = x''", "nonce = x''", "id = 'c'", "kind = 'secret'"],
)
def test_kms_06_a_record_is_bound_to_all_that_names_it(tmp_path: Path, change: str):
    store = keystore(tmp_path)
    store.add(KEY, "a", b"private", key_type="Ed25519", spki=b"public")
    tamper(tmp_path, f"UPDATE records SET {change}")
    record = store.find(KEY, "a") or store.find(KEY, "c") or store.find(SECRET, "a")
    with pytest.raises((BackendUnavailable, HomeUnusable), match="is damaged"):
        store.open(record)


def test_kms_06_two_swapped_rows_are_refused(tmp_path: Path):
    store = keystore(tmp_path)
    for name in "ab":
        store.add(KEY, name, name.encode(), key_type="Ed25519", spki=b"public")
    tamper(
        tmp_path,
        "UPDATE records SET id = 'x' WHERE id = 'a'",
        "UPDATE records SET id = 'a' WHERE id = 'b'",
        "UPDATE records SET id = 'b' WHERE id = 'x'",
    )
    for name in "ab":
        with pytest.raises(BackendUnavailable, match="damaged or was exchanged"):
            store.open(store.find(KEY, name))


@pytest.mark.parametrize(
    "change",
    [
        "salt = zeroblob(32)",
        "check_sealed = zeroblob(42)",
        "check_nonce = zeroblob(1)",
        "argon2_iterations = 2",
        "format = 2",
    ],
)
def test_a_changed_header_is_refused(tmp_path: Path, change: str):
    keystore(tmp_path).close()
    tamper(tmp_path, f"UPDATE header SET {change}")
    with pytest.raises(HomeUnusable, match=r"has format 2|the keystore .* or its header is damaged"):
        reopen(tmp_path)


def test_a_newer_format_is_named(tmp_path: Path):
    keystore(tmp_path).close()
    tamper(tmp_path, "UPDATE header SET format = 9")
    with pytest.raises(HomeUnusable, match=r"has format 9\. This version supports format 1"):
        reopen(tmp_path)


def test_a_keystore_is_made_once_and_an_existing_one_asks_for_no_key(tmp_path: Path):
    keystore(tmp_path).close()
    before = content(tmp_path)
    assert not create_keystore(tmp_path / "keystore.db", KeyFile(tmp_path / "absent"), entropy=SystemEntropy())
    assert content(tmp_path) == before


def test_a_keystore_without_its_key_is_not_made_at_all(tmp_path: Path):
    with pytest.raises(HomeUnusable, match="No such file"):
        create_keystore(tmp_path / "keystore.db", KeyFile(tmp_path / "absent"), entropy=SystemEntropy())
    assert content(tmp_path) == {}


@pytest.mark.parametrize("kind", ["text", "empty", "another database"])
def test_a_file_that_is_no_keystore_is_refused_and_not_touched(tmp_path: Path, kind: str):
    key_file(tmp_path)
    path = tmp_path / "keystore.db"
    path.touch(0o600)
    if kind == "text":
        path.write_bytes(b"these are someone's notes\n" * 100)
    if kind == "another database":
        tamper(tmp_path, "CREATE TABLE notes (text TEXT)", "INSERT INTO notes VALUES ('dear')")
    before = content(tmp_path)
    with pytest.raises(HomeUnusable, match="not a keystore"):
        reopen(tmp_path)
    assert not create_keystore(path, key_file(tmp_path), entropy=SystemEntropy())
    assert content(tmp_path) == before


def test_a_missing_keystore_is_not_made_by_opening_it(tmp_path: Path):
    with pytest.raises(HomeUnusable, match="No such file"):
        reopen(tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["master.key"]


def test_a_keystore_that_others_could_read_is_refused_with_the_fix(tmp_path: Path):
    keystore(tmp_path).close()
    (tmp_path / "keystore.db").chmod(0o640)
    with pytest.raises(HomeUnusable, match="chmod 600"):
        reopen(tmp_path)


def test_kms_06_all_files_of_a_keystore_are_0600_under_any_umask(tmp_path: Path):
    before = os.umask(0)
    try:
        store = keystore(tmp_path)
        store.secret("database", create=True)
        modes = {file.name: file.stat().st_mode & 0o7777 for file in tmp_path.iterdir()}
    finally:
        os.umask(before)
    assert modes == dict.fromkeys(["master.key", "keystore.db", "keystore.db-wal", "keystore.db-shm"], 0o600)


def test_every_connection_waits_for_the_disk(tmp_path: Path):
    store = keystore(tmp_path)
    with store._engine.connect() as one, store._engine.connect() as two:
        for connection in (one, two):
            pragmas = [
                connection.exec_driver_sql(f"PRAGMA {name}").scalar()
                for name in ("journal_mode", "synchronous", "secure_delete")
            ]
            assert pragmas == ["wal", 2, 1]


def test_a_secret_is_made_once_and_only_when_asked(tmp_path: Path):
    store = keystore(tmp_path)
    with pytest.raises(NotFound, match=r"Secret .* not found"):
        store.secret("database", create=False)
    secret = store.secret("database", create=True)
    assert len(secret) == 32
    assert store.secret("database", create=True) == store.secret("database", create=False) == secret
    assert store.secret("audit", create=True) != secret
    store.close()
    assert keystore(tmp_path).secret("database", create=False) == secret


def test_a_damaged_secret_stops_the_installation(tmp_path: Path):
    store = keystore(tmp_path)
    store.secret("database", create=True)
    tamper(tmp_path, "UPDATE records SET sealed = zeroblob(48)")
    with pytest.raises(HomeUnusable, match="'database' in the keystore is damaged"):
        store.secret("database", create=True)


def test_processes_that_start_together_on_an_empty_folder_share_one_secret(tmp_path: Path):
    with ProcessPoolExecutor(4, mp_context=multiprocessing.get_context("spawn")) as pool:
        secrets = {future.result(60) for future in [pool.submit(make_secret_there, tmp_path, "db") for _ in range(8)]}
    assert len(secrets) == 1
    assert keystore(tmp_path).secret("db", create=False) in secrets
    assert not [file.name for file in tmp_path.iterdir() if file.name.startswith(".")]


def test_threads_that_open_an_empty_folder_share_one_secret(tmp_path: Path):
    with ThreadPoolExecutor(8) as pool:
        secrets = set(pool.map(lambda _: make_secret_there(tmp_path, "db"), range(8)))
    assert len(secrets) == 1


def test_a_removed_record_leaves_no_trace_in_the_files(tmp_path: Path):
    store = keystore(tmp_path)
    sealed = store.add(KEY, "a", b"private " * 20).sealed
    assert any(sealed in data for data in content(tmp_path).values())
    store.remove(KEY, "a")
    store.remove(KEY, "a")
    assert store.find(KEY, "a") is None
    assert not any(sealed[:40] in data for data in content(tmp_path).values())


def test_a_store_that_does_not_answer_is_unavailable(tmp_path: Path):
    store = keystore(tmp_path)
    tamper(tmp_path, "DROP TABLE records")
    for ask in (
        store.check,
        lambda: store.find(KEY, "a"),
        lambda: store.add(KEY, "a", b"x"),
        lambda: store.remove(KEY, "a"),
        lambda: store.secret("database", create=True),
    ):
        with pytest.raises(BackendUnavailable) as away:
            ask()
        assert "SELECT" not in away.value.detail
