"""OPS-04: an upgrade that is killed half-way leaves the old database, and the next one completes it."""

from __future__ import annotations

import hashlib
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.script import ScriptDirectory

from pki_manager.domain.errors import StorageUnavailable
from pki_manager.storage.engine import schema
from pki_manager.storage.engine.transaction import begin
from tests.conftest import open_engine
from tests.faults import migration_process
from tests.services.installation import ROOT
from tests.services.postgresql import PostgresServer

FILLED = ("certificates", "revocations", "enrolments")
_PIECE = 5000
_TEXTS = {"reason": "superseded", "standing": "", "state": "issued", "kind": "end-entity", "sans": "[]"}


@pytest.fixture(params=["sqlcipher", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Any) -> Iterator[str]:
    """An empty database."""
    if request.param == "sqlcipher":
        yield f"sqlcipher:{tmp_path / 'pki.db'}"
        return
    server: PostgresServer = request.getfixturevalue("postgresql")
    name = server.create_database()
    yield server.url(name)
    server.drop_database(name)


def first_revision() -> str:
    (base,) = ScriptDirectory.from_config(schema.build_configuration()).get_bases()
    return base


def make_old(url: str, rows: int) -> None:
    """A database of the first schema with so many certificates, revocations and enrolments of one key."""
    engine = open_engine(url)
    with engine.connect() as connection:
        begin(connection, write=True)
        command.upgrade(schema.build_configuration(connection), first_revision())
        tables = sa.MetaData()
        tables.reflect(connection)
        for name in ("cas", "issuer_keys"):
            connection.execute(sa.insert(tables.tables[name]), [row_of(tables.tables[name], 0)])
        for name in FILLED:
            table = tables.tables[name]
            for start in range(0, rows, _PIECE):
                values = [row_of(table, number) for number in range(start, min(start + _PIECE, rows))]
                connection.execute(sa.insert(table), values)
        connection.commit()
    engine.dispose()


def row_of(table: sa.Table, number: int) -> dict[str, object]:
    """A value for every column that needs one; references go to the one CA and its one key."""
    values: dict[str, object] = {}
    for column in table.columns:
        if column.nullable and column.name not in {"serial", "issuer_key_id"}:
            continue
        if column.foreign_keys:
            values[column.name] = unique(next(iter(column.foreign_keys)).column.name, 0)
        elif isinstance(column.type, sa.Integer):
            values[column.name] = 1_700_000_000_000_000 + number
        elif isinstance(column.type, sa.LargeBinary):
            values[column.name] = unique(column.name, number)
        else:
            values[column.name] = _TEXTS.get(column.name, f"{column.name} {number}")
    return values


def unique(name: str, number: int) -> bytes:
    return hashlib.sha256(f"{name} {number}".encode()).digest()[:16]


def upgrade(url: str, end: str, seconds: float | None = None) -> int:
    """An upgrade in a process of its own, killed after so many seconds of work; its exit code."""
    process = subprocess.Popen(
        [sys.executable, "-m", migration_process.__name__, url, end],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"go\n"
    if seconds is not None:
        time.sleep(seconds)
        process.kill()
    _, errors = process.communicate(timeout=300)
    assert process.returncode in (0, -signal.SIGKILL), errors.decode()
    return process.returncode


def require_rows(url: str, revision: str, rows: int) -> None:
    engine = open_engine(url)
    assert schema.get_current(engine) == revision
    with engine.connect() as connection:
        begin(connection, write=False)
        for name in FILLED:
            assert connection.exec_driver_sql(f"SELECT count(*) FROM {name}").scalar_one() == rows
    engine.dispose()


def complete(url: str) -> None:
    """PostgreSQL notices only at the end of a statement that its client has died: until then the next one waits."""
    engine = open_engine(url)
    deadline = time.monotonic() + 300
    while True:
        try:
            schema.upgrade(engine)
        except StorageUnavailable:
            assert time.monotonic() < deadline
        else:
            break
    engine.dispose()


def test_ops_04_an_upgrade_killed_before_its_commit_leaves_the_old_database(url: str) -> None:
    make_old(url, 200)
    assert upgrade(url, "commit") == -signal.SIGKILL
    require_rows(url, first_revision(), 200)
    complete(url)
    require_rows(url, schema.get_head(), 200)


@pytest.mark.long
def test_ops_04_an_upgrade_of_100k_rows_killed_at_any_moment_is_done_or_undone(url: str) -> None:
    rows = 100_000
    make_old(url, rows)
    seconds, undone = 0.2, 0
    while upgrade(url, "whole", seconds) != 0:
        engine = open_engine(url)
        found = schema.get_current(engine)
        engine.dispose()
        require_rows(url, found or "", rows)
        if found == schema.get_head():
            break
        assert found == first_revision()
        undone += 1
        seconds *= 1.7
    assert undone > 0
    complete(url)
    require_rows(url, schema.get_head(), rows)
