"""The SQLCipher file: made, recognised, refused."""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlcipher3

from pki_manager.domain.errors import HomeUnusable, StorageUnavailable
from pki_manager.storage.engine import schema
from pki_manager.storage.engine.engines import open_sqlcipher
from pki_manager.storage.engine.locks import InterProcessLock
from pki_manager.storage.storage import SqlStorage
from tests.conftest import CHAIN, DATABASE_KEY, MAC_KEY
from tests.contract.storage.values import ACTOR, EVENT
from tests.fakes.clock import FrozenClock
from tests.fakes.entropy import SeededEntropy

OTHER_KEY = bytes(32)


@pytest.fixture
def path(sqlcipher_template: Path, tmp_path: Path) -> Path:
    shutil.copyfile(sqlcipher_template, tmp_path / "pki.db")
    return tmp_path / "pki.db"


def open_at(path: Path) -> SqlStorage:
    return SqlStorage(
        open_sqlcipher(path, DATABASE_KEY),
        chain=CHAIN,
        mac_key=MAC_KEY,
        clock=FrozenClock(),
        entropy=SeededEntropy(),
        lock_path=path.with_suffix(".lock"),
    )


def test_a_new_file_is_for_its_owner_only_and_holds_no_plain_text(tmp_path: Path) -> None:
    path = tmp_path / "pki.db"
    schema.upgrade(open_sqlcipher(path, DATABASE_KEY))
    storage = open_at(path)
    with storage.begin(ACTOR) as unit:
        unit.meta.put("canary", "plain-canary-text")
        unit.record(EVENT)
    written = [file for file in tmp_path.iterdir() if file.is_file()]
    assert {file.name for file in written} >= {"pki.db", "pki.db-wal", "pki.lock"}
    for file in written:
        assert file.stat().st_mode & 0o777 == 0o600, file
        assert b"canary" not in file.read_bytes(), file
        assert b"SQLite format" not in file.read_bytes(), file
    storage.close()


def test_every_commit_is_synced_to_the_disk(path: Path) -> None:
    with open_sqlcipher(path, DATABASE_KEY).connect() as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout", "temp_store")
        }
    assert pragmas == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "busy_timeout": 10_000,
        "temp_store": 2,
    }


def test_each_unit_waits_for_the_lock_as_long_as_it_is_told(path: Path) -> None:
    storage = open_at(path)
    waits = []
    for brief in (False, False, True, True, False):
        with storage.housekeep(brief=brief):
            waits.append(storage._writer._connection.exec_driver_sql("PRAGMA busy_timeout").scalar_one())
    storage.close()
    assert waits == [10_000, 10_000, 1_000, 1_000, 10_000]


def test_every_table_is_strict(path: Path) -> None:
    with open_sqlcipher(path, DATABASE_KEY).connect() as connection:
        tables = connection.exec_driver_sql("SELECT name, strict FROM pragma_table_list WHERE type = 'table'").all()
    loose = {name for name, strict in tables if not strict and not name.startswith("sqlite_")}
    assert loose == {"alembic_version"}


def plain_sqlite(path: Path, *, wal: bool) -> None:
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode = WAL" if wal else "PRAGMA journal_mode = DELETE")
    connection.execute("CREATE TABLE t (a)")
    connection.commit()
    connection.close()


def foreign_sqlcipher(path: Path) -> None:
    connection = sqlcipher3.connect(str(path))
    connection.execute(f"PRAGMA key = \"x'{DATABASE_KEY.hex()}'\"")
    connection.execute("CREATE TABLE t (a)")
    connection.commit()
    connection.close()


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda path: plain_sqlite(path, wal=False), id="plain-sqlite"),
        pytest.param(lambda path: plain_sqlite(path, wal=True), id="plain-sqlite-wal"),
        pytest.param(foreign_sqlcipher, id="sqlcipher-of-something-else"),
        pytest.param(lambda path: path.write_bytes(hashlib.shake_256(b"x").digest(8192)), id="random-bytes"),
        pytest.param(lambda path: path.write_bytes(b"x"), id="one-byte"),
        pytest.param(lambda path: path.write_bytes(b"\0" * 4096), id="zeros"),
    ],
)
def test_a_foreign_file_is_refused_and_left_alone(tmp_path: Path, make) -> None:
    path = tmp_path / "pki.db"
    make(path)
    path.chmod(0o644)
    before = path.read_bytes()
    with pytest.raises(HomeUnusable, match=r"pki\.db"):
        open_sqlcipher(path, DATABASE_KEY)
    assert path.read_bytes() == before
    assert path.stat().st_mode & 0o777 == 0o644
    assert [file.name for file in tmp_path.iterdir()] == ["pki.db"]


def test_a_wrong_key_is_refused_and_the_file_left_alone(
    path: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    before = path.read_bytes()
    with pytest.raises(HomeUnusable, match="key"):
        open_sqlcipher(path, OTHER_KEY)
    with pytest.raises(HomeUnusable, match="32 bytes"):
        open_sqlcipher(path, b"short")
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["pki.db"]
    assert capfd.readouterr() == ("", "")


def test_a_wrong_key_leaves_a_write_ahead_log_alone(path: Path, tmp_path: Path) -> None:
    """What a killed process has acknowledged is still in the log."""
    storage = open_at(path)
    with storage.begin(ACTOR) as unit:
        unit.meta.put("a", "1")
        unit.record(EVENT)
    crashed = tmp_path / "crashed"
    crashed.mkdir()
    for file in tmp_path.glob("pki.db*"):
        shutil.copyfile(file, crashed / file.name)
    storage.close()
    before = {file.name: file.read_bytes() for file in crashed.iterdir()}
    assert before["pki.db-wal"]
    with pytest.raises(HomeUnusable, match="wrong key, or damaged file"):
        open_sqlcipher(crashed / "pki.db", OTHER_KEY)
    assert {file.name: file.read_bytes() for file in crashed.iterdir()} == before
    recovered = open_at(crashed / "pki.db")
    with recovered.read() as reader:
        assert reader.meta.get("a") == "1"
    recovered.close()


def test_a_first_page_torn_while_the_log_was_copied_is_found_in_the_log(path: Path, tmp_path: Path) -> None:
    storage = open_at(path)
    with storage._engine.connect() as connection:  # a change of page 1, the schema's cookie
        connection.exec_driver_sql("CREATE TABLE t (a)")
    torn = tmp_path / "torn"
    torn.mkdir()
    for file in tmp_path.glob("pki.db*"):
        shutil.copyfile(file, torn / file.name)
    storage.close()
    with (torn / "pki.db").open("r+b") as database:
        database.seek(2048)
        database.write(bytes(2048))
    with pytest.raises(HomeUnusable, match="wrong key, or damaged file"):
        open_sqlcipher(torn / "pki.db", OTHER_KEY)
    recovered = open_at(torn / "pki.db")
    recovered.check()
    recovered.close()


def test_a_creation_that_was_killed_is_taken_up_again(tmp_path: Path) -> None:
    connection = sqlcipher3.connect(str(tmp_path / "pki.db"))
    connection.execute(f"PRAGMA key = \"x'{DATABASE_KEY.hex()}'\"")
    connection.execute("PRAGMA user_version = 1")  # something is written, but not yet our mark
    connection.close()
    schema.upgrade(open_sqlcipher(tmp_path / "pki.db", DATABASE_KEY))
    open_at(tmp_path / "pki.db").close()


def test_a_directory_or_a_missing_one_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "missing" / "pki.db"):
        with pytest.raises(HomeUnusable, match="cannot be opened"):
            open_sqlcipher(path, DATABASE_KEY)


def test_an_empty_file_is_a_new_database(tmp_path: Path) -> None:
    path = tmp_path / "pki.db"
    path.touch(mode=0o644)
    engine = open_sqlcipher(path, DATABASE_KEY)
    assert schema.get_current(engine) is None
    assert path.stat().st_mode & 0o777 == 0o600
    engine.dispose()
    open_sqlcipher(path, DATABASE_KEY).dispose()


def test_a_full_disk_fails_the_unit_and_the_writer_recovers(path: Path) -> None:
    storage = open_at(path)
    with storage.begin(ACTOR) as unit:
        unit.record(EVENT)
    limit(storage, 1)
    with (
        pytest.raises(StorageUnavailable, match="The database is unavailable: the disk is full"),
        storage.housekeep() as unit,
    ):
        unit.meta.put("big", "x" * 1_000_000)
    limit(storage, 1 << 30)
    with storage.begin(ACTOR) as unit:
        unit.meta.put("a", "1")
        unit.record(EVENT)
    with storage.read() as reader:
        assert (reader.meta.get("big"), reader.meta.get("a")) == (None, "1")
        assert [event.seq for event in reader.audit.iterate_chain(CHAIN)] == [1, 2]
    storage.close()


def limit(storage: SqlStorage, pages: int) -> None:
    """SQLite's own page limit on the writing connection: it says "database or disk is full" at that size."""
    connection = storage._writer._connection
    if connection is not None:
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
        connection.rollback()


def test_a_process_that_hangs_does_not_hang_the_others(tmp_path: Path) -> None:
    one, two = InterProcessLock(tmp_path / "lock"), InterProcessLock(tmp_path / "lock")
    one.enter(10)
    with pytest.raises(StorageUnavailable, match="The database is locked by another process"):
        two.enter(0.05)
    one.leave()
    two.enter(10)
    two.leave()
    one.close()
    two.close()


@contextmanager
def queue_held(path: Path) -> Iterator[None]:
    """By another process of ours."""
    other = InterProcessLock(path.with_suffix(".lock"))
    other.enter(10)
    yield
    other.close()


@contextmanager
def write_lock_held(path: Path) -> Iterator[None]:
    """By somebody who does not know of our queue."""
    with open_sqlcipher(path, DATABASE_KEY).connect() as other:
        other.exec_driver_sql("BEGIN IMMEDIATE")
        yield
        other.exec_driver_sql("ROLLBACK")


@pytest.mark.parametrize("held", [queue_held, write_lock_held], ids=["queue", "write-lock"])
def test_who_waits_behind_one_that_waits_gives_up_with_it(path: Path, held) -> None:
    """One after the other, twenty would wait twenty times as long."""
    storage = open_at(path)
    with storage.begin(ACTOR) as unit:
        unit.record(EVENT)
    storage._writer._patience = 0.5

    def work(_number: int) -> bool:
        with (
            pytest.raises(
                StorageUnavailable,
                match=r"is locked by another process|another process holds it|Too many requests are waiting",
            ),
            storage.housekeep() as unit,
        ):
            unit.meta.put("a", "1")
        return True

    with held(path):
        with ThreadPoolExecutor(20) as pool:
            assert all(pool.map(work, range(20), timeout=8))
        with storage.read() as reader:
            assert reader.meta.get("a") is None, "reading waits for nobody"
    storage._writer._patience = 60
    with storage.housekeep() as unit:
        unit.meta.put("a", "2")
    storage.close()


def test_processes_take_turns(tmp_path: Path) -> None:
    """One that comes back at once lets the one pass that waits: seen at the door before."""
    here, there = InterProcessLock(tmp_path / "lock"), InterProcessLock(tmp_path / "lock")
    order: list[str] = []

    def come() -> None:
        there.enter(60)
        order.append("there")
        there.leave()

    with (tmp_path / "lock.door").open("rb") as door, ThreadPoolExecutor(1) as pool:
        for _ in range(10):
            here.enter(60)
            waiting = pool.submit(come)
            while not _is_held(door.fileno()):
                assert not waiting.done()
            here.leave()
            here.enter(60)
            order.append("here")
            here.leave()
            waiting.result(timeout=60)
    assert order == ["there", "here"] * 10
    for queue in (here, there):
        queue.close()


def _is_held(descriptor: int) -> bool:
    """Whether somebody else has the lock."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    fcntl.flock(descriptor, fcntl.LOCK_UN)
    return False
