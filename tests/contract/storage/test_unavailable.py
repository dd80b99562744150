"""A database that cannot be used: the cause is named, a frozen server given up, a failed write remembered."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator

import psycopg
import pytest
import sqlalchemy as sa
import sqlcipher3

from pki_manager.domain.errors import StorageUnavailable
from pki_manager.storage.engine import deadline
from pki_manager.storage.engine.bounded_check import BoundedCheck
from pki_manager.storage.engine.engines import open_postgresql
from pki_manager.storage.engine.failures import build_unavailable, translate_errors
from pki_manager.storage.engine.transaction import begin
from pki_manager.storage.storage import SqlStorage
from tests.services.postgresql import PostgresServer


@pytest.mark.parametrize(
    ("words", "cause"),
    [
        ("database or disk is full", "the disk is full"),
        ("attempt to write a readonly database", "read-only"),
        ('connection failed: FATAL:  password authentication failed for user "pkim"', "access was denied"),
        ("failed to resolve host 'db': [Errno -2] Name or service not known", "host name was not found"),
        ("connection to server at 127.0.0.1 failed: Connection refused", "connection was refused"),
        ("SSL error: certificate verify failed", "TLS connection failed"),
        ("connection timeout expired", "timed out"),
    ],
)
def test_the_error_names_the_cause(words: str, cause: str) -> None:
    error = build_unavailable(sa.exc.OperationalError("SELECT 1", {}, sqlcipher3.OperationalError(f"{words}\nmore")))
    assert cause in error.detail
    assert error.facts["reason"] == words


def test_a_server_that_is_not_there_is_named_at_the_start(postgresql: PostgresServer) -> None:
    refused = sa.make_url(postgresql.url(postgresql.create_database())).set(port=1)
    with pytest.raises(StorageUnavailable) as away:
        open_postgresql(refused.render_as_string(hide_password=False))
    assert "its socket was not found" in away.value.detail or "refused" in away.value.detail


@pytest.fixture
def frozen(postgresql: PostgresServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[sa.Connection]:
    """A connection whose server process is stopped."""
    monkeypatch.setattr(deadline.DeadlineConnection, "deadline", 1.0)
    engine = open_postgresql(postgresql.url(postgresql.create_database()))
    connection = engine.connect()
    server = int(connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one())
    connection.rollback()
    os.kill(server, signal.SIGSTOP)
    yield connection
    os.kill(server, signal.SIGCONT)
    connection.invalidate()
    connection.close()
    engine.dispose()


def test_a_frozen_server_is_given_up(frozen: sa.Connection) -> None:
    with pytest.raises(StorageUnavailable, match="The database is unavailable"), translate_errors():
        frozen.exec_driver_sql("SELECT 1")


def test_a_write_that_failed_shows_until_one_succeeds(storage: SqlStorage, monkeypatch: pytest.MonkeyPatch) -> None:
    real = storage._conclude_group

    def full(_: object) -> None:
        raise StorageUnavailable("The database is unavailable: the disk is full.")

    monkeypatch.setattr(storage._writer, "conclude", full)
    with (
        pytest.raises(StorageUnavailable, match="The database is unavailable: the disk is full"),
        storage.housekeep() as unit,
    ):
        unit.meta.put("a", "1")
    with pytest.raises(StorageUnavailable, match="The database is unavailable: the disk is full"):
        storage.check()
    monkeypatch.setattr(storage._writer, "conclude", real)
    storage.check()
    storage.check()


def test_a_frozen_server_is_given_up_at_the_first_statement_of_a_unit(
    frozen: sa.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That statement has a limit of its own, even where no other one has a limit."""
    monkeypatch.setattr(deadline.DeadlineConnection, "deadline", None)
    monkeypatch.setattr(deadline, "BRIEF_SECONDS", 0.5)
    with pytest.raises(StorageUnavailable, match="The database is unavailable"), translate_errors():
        begin(frozen, write=True)


def test_a_pooled_connection_to_a_frozen_process_is_given_up(
    frozen: sa.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deadline.DeadlineConnection, "deadline", None)
    monkeypatch.setattr(deadline, "BRIEF_SECONDS", 0.5)
    connection = frozen.connection.dbapi_connection
    assert connection is not None
    with pytest.raises(psycopg.OperationalError, match="connection"):
        frozen.dialect.do_ping(connection)


class TestBoundedCheck:
    """`storage.check` returns in time, whatever the database does."""

    def test_a_check_without_a_result_counts_as_failed_and_runs_only_once(self) -> None:
        runs: list[int] = []
        release = threading.Event()

        def hang() -> None:
            runs.append(1)
            release.wait(60)

        check = BoundedCheck(hang, seconds=0.05)
        for _ in range(3):
            with pytest.raises(StorageUnavailable, match="it timed out"):
                check.run()
        assert len(runs) == 1
        release.set()

    def test_the_error_of_the_check_is_raised_and_the_next_check_is_a_new_one(self) -> None:
        errors: list[Exception] = [StorageUnavailable("The disk is full.")]

        def fail_once() -> None:
            if errors:
                raise errors.pop()

        check = BoundedCheck(fail_once)
        with pytest.raises(StorageUnavailable, match="The disk is full"):
            check.run()
        check.run()
