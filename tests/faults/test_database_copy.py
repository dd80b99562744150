"""Copies of the database from each engine to the other: all rows, row by row, or a target that is not used."""

from __future__ import annotations

import gc
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from pki_manager.authority.audit.audit_log import verify_audit
from pki_manager.authority.certificates.enroll import Enroll, enroll
from pki_manager.authority.installation.stored_check import check_stored
from pki_manager.bootstrap import Installation, initialize, open_installation
from pki_manager.bootstrap.backup import ignore_progress
from pki_manager.bootstrap.database_copy import Comparison, copy_database, verify_copy
from pki_manager.domain.errors import Conflict, Forbidden, HomeUnusable, InvalidInput, NotFound, StorageUnavailable
from pki_manager.policy.access import Permission
from pki_manager.settings import load
from pki_manager.storage.engine.engines import open_postgresql, open_sqlcipher
from tests.faults.test_backup import ENGINES, new_url, set_up
from tests.services.postgresql import PostgresServer
from tests.support.backups import digests
from tests.support.csrs import make_csr
from tests.support.factories import ADMIN


@contextmanager
def opened(home: Path, url: str | None) -> Iterator[Installation]:
    installation = open_installation(load(home, environ(url)), slot="cli")
    try:
        yield installation
    finally:
        installation.close()


def environ(url: str | None) -> dict[str, str]:
    return {} if url is None else {"PKIM_DATABASE_URL": url}


@pytest.fixture(scope="module", params=ENGINES)
def origin(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, postgresql: PostgresServer
) -> tuple[Path, str | None]:
    """The data directory and the database URL of an installation that nothing uses. It is not changed by a test."""
    home, url = tmp_path_factory.mktemp("origin") / "home", new_url(request.param, postgresql)
    set_up(home, url).close()
    return home, url


@pytest.fixture
def source(
    origin: tuple[Path, str | None], tmp_path: Path, postgresql: PostgresServer
) -> Iterator[tuple[Path, str | None]]:
    """A copy of `origin` for one test."""
    home, url = origin
    shutil.copytree(home, tmp_path / "home")
    if url is not None:
        name = postgresql.create_database(sa.make_url(url).database or "")
        url = postgresql.url(name)
    yield tmp_path / "home", url
    if url is not None:
        postgresql.drop_database(name)


def new_target(source: tuple[Path, str | None], postgresql: PostgresServer) -> str:
    """The URL of an empty database of the other engine."""
    home, url = source
    if url is None:
        return postgresql.url(postgresql.create_database())
    return f"file://{home / 'pki.db'}"


def copied(source: tuple[Path, str | None], target: str, *, resume: bool = False) -> Comparison:
    with opened(*source) as installation:
        return copy_database(installation, ADMIN, target, resume=resume, progress=ignore_progress)


def compared(source: tuple[Path, str | None], target: str) -> Comparison:
    with opened(*source) as installation:
        return verify_copy(installation, ADMIN, target, progress=ignore_progress)


def rows(source: tuple[Path, str | None]) -> dict[str, tuple[int, str]]:
    with opened(*source) as installation:
        return digests(installation.engine)


def moved(source: tuple[Path, str | None], target: str) -> tuple[Path, str | None]:
    """The installation on the copy."""
    return source[0], target if target.startswith("postgresql") else None


def test_a_copied_installation_has_all_rows_and_goes_on(
    source: tuple[Path, str | None], postgresql: PostgresServer
) -> None:
    target = new_target(source, postgresql)
    found = copied(source, target)
    assert found.differences == 0
    assert {table: (one.rows, one.sha256) for table, one in found.equal_tables.items()} == rows(source)
    assert min(found.equal_tables[name].rows for name in ("certificates", "revocations", "crls", "audit_events")) > 0
    assert compared(source, target).equal_tables == found.equal_tables
    assert rows(moved(source, target)) == rows(source)
    with opened(*moved(source, target)) as installation:
        assert verify_audit(installation.ctx, ADMIN).valid
        assert check_stored(installation.ctx, ADMIN) == ()
        enroll(installation.ctx, ADMIN, Enroll(ca="Issuing CA", profile="tls-server", csr=make_csr("new.example.com")))
        assert verify_audit(installation.ctx, ADMIN).valid


def test_every_copy_is_recorded_in_both_databases(source: tuple[Path, str | None], postgresql: PostgresServer) -> None:
    target = new_target(source, postgresql)
    copied(source, target)
    for place in (source, moved(source, target)):
        with opened(*place) as installation, installation.ctx.ports.storage.read() as reader:
            bodies = [
                event.body for head in reader.audit.list_heads() for event in reader.audit.iterate_chain(head.chain)
            ]
        assert sum(b'"database.copied"' in body for body in bodies) == 1


class Interrupted(Exception):
    """What ends a copy in these tests."""


def interrupted(source: tuple[Path, str | None], target: str, table: str) -> None:
    """Begin a copy, and end it after that table."""

    def stop(done: str, _rows: int) -> None:
        if done == table:
            raise Interrupted(table)

    with opened(*source) as installation, pytest.raises(Interrupted, match=table):
        copy_database(installation, ADMIN, target, resume=False, progress=stop)


def change(source: tuple[Path, str | None], target: str, *statements: str) -> None:
    """Run statements in the target."""
    with opened(*source) as installation, open_other(installation, target) as engine, engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


@contextmanager
def open_other(installation: Installation, target: str) -> Iterator[sa.Engine]:
    if target.startswith("postgresql"):
        engine = open_postgresql(target)
    else:
        key = installation.keystore.secret("database-key", create=False)
        engine = open_sqlcipher(Path(target.removeprefix("file://")), key)
    try:
        yield engine
    finally:
        engine.dispose()


@pytest.mark.parametrize("table", ["meta", "certificates"])
def test_an_interrupted_copy_changes_nothing_in_the_source_and_is_continued(
    table: str, source: tuple[Path, str | None], postgresql: PostgresServer
) -> None:
    before, target = rows(source), new_target(source, postgresql)
    interrupted(source, target, table)
    assert rows(source) == before
    with pytest.raises(Conflict, match=r"incomplete copy.*--resume"):
        copied(source, target)
    with pytest.raises(Conflict, match=r"incomplete copy.*--resume"):
        compared(source, target)
    copied(source, target, resume=True)
    assert rows(moved(source, target)) == rows(source)


def test_an_incomplete_copy_is_not_used(source: tuple[Path, str | None], postgresql: PostgresServer) -> None:
    target = new_target(source, postgresql)
    interrupted(source, target, "audit_events")
    home, url = moved(source, target)
    with pytest.raises(HomeUnusable, match="incomplete copy"), opened(home, url):
        pass
    with pytest.raises(HomeUnusable, match="incomplete copy"):
        initialize(load(home, environ(url)))
    gc.collect()  # A connection that stayed open is reported here, instead of during another test.


def test_a_copy_is_continued_from_a_source_that_changed_and_a_target_that_was_damaged(
    source: tuple[Path, str | None], postgresql: PostgresServer
) -> None:
    target = new_target(source, postgresql)
    interrupted(source, target, "certificate_names")
    change(
        source,
        target,
        "UPDATE certificate_names SET value = value || '.example'",
        "UPDATE cas SET name = name || ' 2'",
        "INSERT INTO meta (key, value) VALUES ('extra', '')",
        "DELETE FROM profiles",
    )
    with opened(*source) as installation:
        enroll(installation.ctx, ADMIN, Enroll(ca="Issuing CA", profile="tls-server", csr=make_csr("new.example.com")))
    copied(source, target, resume=True)
    assert rows(moved(source, target)) == rows(source)


def test_a_complete_copy_is_complete_also_for_a_command_that_continues_it(
    source: tuple[Path, str | None], postgresql: PostgresServer
) -> None:
    target = new_target(source, postgresql)
    first = copied(source, target)
    assert copied(source, target, resume=True) == first
    with pytest.raises(Conflict, match="is not empty"):
        copied(source, target)
    change(source, target, "INSERT INTO meta (key, value) VALUES ('extra', '')")
    with pytest.raises(Conflict, match="was used"):
        copied(source, target, resume=True)


def test_a_row_that_was_changed_removed_or_added_is_named_with_its_table_and_key(
    source: tuple[Path, str | None], postgresql: PostgresServer
) -> None:
    target = new_target(source, postgresql)
    copied(source, target)
    with opened(*source) as installation, installation.ctx.ports.storage.read() as reader:
        chain = max(reader.audit.list_heads(), key=lambda head: head.seq).chain
        (ca,) = (one for one in reader.cas.list_all() if one.name == "Issuing CA")
    change(
        source,
        target,
        "UPDATE cas SET name = 'Issuing CB' WHERE name = 'Issuing CA'",
        f"DELETE FROM audit_events WHERE chain = '{chain}' AND seq = 2",
        "INSERT INTO meta (key, value) VALUES ('extra', '')",
    )
    found = compared(source, target)
    assert sorted(found.shown) == [
        f"audit_events: chain={chain}, seq=2 is missing",
        f"cas: id={ca.id} is changed",
        "meta: key=extra is extra",
    ]
    assert found.differences == 3
    assert {"audit_events", "cas", "meta"}.isdisjoint(found.equal_tables)


def test_the_source_cannot_change_while_it_is_copied(
    source: tuple[Path, str | None], postgresql: PostgresServer
) -> None:
    refused = []

    def write(table: str, _rows: int) -> None:
        if not refused:
            with (
                pytest.raises(StorageUnavailable, match="another process"),
                installation.ctx.ports.storage.housekeep(brief=True) as uow,
            ):
                uow.meta.put("changed", "")
            refused.append(table)

    target = new_target(source, postgresql)
    with opened(*source) as installation:
        copy_database(installation, ADMIN, target, resume=False, progress=write)
    assert refused
    assert compared(source, target).differences == 0


def test_a_server_that_runs_is_refused(source: tuple[Path, str | None], postgresql: PostgresServer) -> None:
    target = new_target(source, postgresql)
    with opened(*source) as server:
        assert server.scheduler.try_lead()
        with pytest.raises(Conflict, match="Stop the server on every host"):
            copied(source, target)
    copied(source, target)


def test_a_target_that_cannot_be_used_is_refused_and_nothing_changes(
    source: tuple[Path, str | None], postgresql: PostgresServer, postgresql_template: str, tmp_path: Path
) -> None:
    before, full = rows(source), postgresql.url(postgresql.create_database(postgresql_template))
    own = source[1] or f"file://{source[0] / 'pki.db'}"
    (tmp_path / "other").write_bytes(b"something else" * 1000)
    for target, error, words in (
        (full, Conflict, "is not empty"),
        (own, InvalidInput, "must not be the database that the installation uses"),
        (f"file://{tmp_path / 'other'}", HomeUnusable, "wrong key, or damaged file"),
        (f"file://{tmp_path / 'missing' / 'pki.db'}", HomeUnusable, "No such file"),
        ("postgresql+psycopg://pkim@/pkim?host=/missing", StorageUnavailable, "The target cannot be opened"),
        ("mysql://db.example.com/pkim", InvalidInput, "must be a URL such as"),
        ("file://pki.db", InvalidInput, "must be a URL such as"),
    ):
        for resume in (False, True) if target != full else (False,):
            with pytest.raises(error, match=words):
                copied(source, target, resume=resume)
    with pytest.raises(Conflict, match="does not belong to this installation"):
        copied(source, full, resume=True)
    assert rows(source) == before
    assert (tmp_path / "other").read_bytes() == b"something else" * 1000


def test_a_database_that_cannot_be_compared_is_refused(
    source: tuple[Path, str | None], postgresql: PostgresServer, postgresql_template: str, tmp_path: Path
) -> None:
    for target, error, words in (
        (postgresql.url(postgresql.create_database()), Conflict, "is empty"),
        (postgresql.url(postgresql.create_database(postgresql_template)), Conflict, "does not belong"),
        (f"file://{tmp_path / 'missing.db'}", NotFound, "does not exist"),
    ):
        with pytest.raises(error, match=words):
            compared(source, target)
    assert not (tmp_path / "missing.db").exists()


def test_an_incomplete_copy_of_another_installation_or_version_is_not_continued(
    source: tuple[Path, str | None], postgresql: PostgresServer
) -> None:
    target = new_target(source, postgresql)
    interrupted(source, target, "audit_events")
    change(source, target, "UPDATE database_copy SET revision = '20250101_older'")
    with pytest.raises(Conflict, match="another version"):
        copied(source, target, resume=True)
    change(source, target, "UPDATE database_copy SET owner = 'other'")
    with pytest.raises(Conflict, match="does not belong to this installation"):
        copied(source, target, resume=True)


def test_an_actor_without_the_permission_copies_and_compares_nothing(
    source: tuple[Path, str | None], postgresql: PostgresServer
) -> None:
    target, powerless = new_target(source, postgresql), replace(ADMIN, grants=())
    with opened(*source) as installation:
        with pytest.raises(Forbidden, match=Permission.BACKUP_CREATE):
            copy_database(installation, powerless, target, resume=False, progress=ignore_progress)
        with pytest.raises(Forbidden, match=Permission.BACKUP_CREATE):
            verify_copy(installation, powerless, target, progress=ignore_progress)
