"""Migrations: complete, all or nothing, and refused when they don't fit."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from pki_manager.domain.errors import HomeUnusable
from pki_manager.domain.revocation import RevokedEntry
from pki_manager.storage.engine import schema
from pki_manager.storage.engine.text_index import is_declared
from pki_manager.storage.engine.transaction import begin
from pki_manager.storage.migrations.versions import v20261124_status, v20261127_cmp_transactions
from pki_manager.storage.tables.columns import metadata
from pki_manager.storage.tables.types import to_microseconds
from pki_manager.x509 import crl
from tests.conftest import OpenStorage, open_engine
from tests.fakes.clock import START
from tests.support.migrations import add_migrations

BROKEN = f"""
import sqlalchemy as sa
from alembic import op
revision = "20990101_broken"
down_revision = "{schema.get_head()}"
def upgrade():
    op.create_table("half", sa.Column("a", sa.Integer))
    op.execute("INSERT INTO meta (key, value) VALUES ('half', 'done')")
    raise RuntimeError("half-way")
"""


def test_no_migration_is_pending(engine: sa.Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "include_name": is_declared})
        assert compare_metadata(context, metadata) == []


def test_upgrading_twice_is_fine(engine: sa.Engine) -> None:
    assert schema.get_current(engine) == schema.get_head()
    schema.upgrade(engine)
    assert schema.get_current(engine) == schema.get_head()


def test_a_migration_that_dies_half_way_leaves_no_trace(
    engine: sa.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken.py").write_text(BROKEN)
    add_migrations(monkeypatch, tmp_path)
    with pytest.raises(RuntimeError, match="half-way"):
        schema.upgrade(engine)
    monkeypatch.undo()
    assert schema.get_current(engine) == schema.get_head()
    with engine.connect() as connection:
        assert not sa.inspect(connection).has_table("half")
        assert connection.exec_driver_sql("SELECT count(*) FROM meta WHERE key = 'half'").scalar_one() == 0


ENTRIES = [
    RevokedEntry(5, START, "unspecified", None),
    RevokedEntry((1 << 159) - 1, START, "keyCompromise", START - timedelta(days=1)),
    RevokedEntry(1 << 127, datetime(2051, 2, 3, 4, 5, 6, tzinfo=UTC), "aACompromise", None),
]


def test_revocations_of_the_first_schema_get_their_crl_entries(
    engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever engine, and over more than one batch."""
    monkeypatch.setattr(v20261124_status, "BATCH", 2)
    with engine.connect() as connection:
        begin(connection, write=True)
        connection.exec_driver_sql("DROP TABLE IF EXISTS certificate_trigrams")
        metadata.drop_all(connection)
        connection.exec_driver_sql("DROP TABLE alembic_version")
        command.upgrade(schema.build_configuration(connection), "20261124_first_schema")
        put(connection, "cas", id=b"ca")
        put(connection, "issuer_keys", id=b"key", ca_id=b"ca")
        for entry in ENTRIES:
            put(
                connection,
                "revocations",
                issuer_key_id=b"key",
                serial=entry.serial.to_bytes(20, "big"),
                reason=entry.reason,
                time=to_microseconds(entry.time),
                invalidity_date=to_microseconds(entry.invalidity_date) if entry.invalidity_date else None,
            )
        command.upgrade(schema.build_configuration(connection), v20261124_status.revision)
        rows = connection.exec_driver_sql("SELECT entry_der, time = changed_at FROM revocations ORDER BY serial").all()
        connection.rollback()
    expected = sorted(ENTRIES, key=lambda entry: entry.serial)
    assert [(bytes(row[0]), bool(row[1])) for row in rows] == [(crl.encode_entry(entry), True) for entry in expected]


def put(connection: sa.Connection, table: str, **values: object) -> None:
    """A row of a table as it is in the database now; what is required and not given is empty."""
    reflected = sa.Table(table, sa.MetaData(), autoload_with=connection)
    empty = {column.name: column.type.python_type() for column in reflected.columns if not column.nullable}
    connection.execute(sa.insert(reflected), empty | values)


@pytest.mark.parametrize(
    ("revision", "sentence"),
    [("20990101_future", "newer"), (None, "empty")],
)
def test_a_schema_that_does_not_fit_is_refused(
    engine: sa.Engine, open_storage: OpenStorage, revision: str | None, sentence: str
) -> None:
    with engine.connect() as connection:
        connection.exec_driver_sql("DELETE FROM alembic_version")
        if revision is not None:
            connection.exec_driver_sql(f"INSERT INTO alembic_version (version_num) VALUES ('{revision}')")
        connection.commit()
    with pytest.raises(HomeUnusable, match=sentence):
        open_storage()
    if revision is not None:
        with pytest.raises(HomeUnusable, match=sentence):
            schema.upgrade(engine)


def test_an_older_schema_is_refused_outside_an_upgrade(
    open_storage: OpenStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema, "get_head", lambda: "20990101_future")
    with pytest.raises(HomeUnusable, match="older schema"):
        open_storage()


def test_the_upgrade_to_blocked_keys_blocks_what_had_been_compromised_before(tmp_path: Path) -> None:
    """Each key once, by its first certificate, and only where the reason was a compromise."""
    engine = open_engine(f"sqlcipher:{tmp_path / 'old.db'}")
    reasons = ("keyCompromise", "keyCompromise", "superseded", "cACompromise")
    with engine.begin() as connection:
        command.upgrade(schema.build_configuration(connection), "20261124_crl_heads")
        old = sa.MetaData()
        old.reflect(connection)
        _insert(connection, old.tables["cas"], id=b"ca", name="CA")
        _insert(connection, old.tables["issuer_keys"], id=b"key", ca_id=b"ca", spki_sha256=b"key")
        for number, reason in enumerate(reasons):
            own = {"id": b"%d" % number, "serial": b"%d" % number, "issuer_key_id": b"key", "subject_key_id": None}
            unique = {"ca_id": b"ca", "fingerprint_sha256": b"%d" % number, "spki_sha256": b"spki%d" % (number // 2)}
            _insert(connection, old.tables["certificates"], **own, **unique)
            revoked = {"certificate_id": own["id"], "serial": own["serial"], "issuer_key_id": b"key", "reason": reason}
            _insert(connection, old.tables["revocations"], **revoked)
    schema.upgrade(engine)
    with engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT spki_sha256, certificate_id, reason FROM blocked_keys ORDER BY id")
        assert rows.all() == [(b"spki0", b"0", "compromised"), (b"spki1", b"3", "compromised")]
    engine.dispose()


def test_after_the_upgrade_a_root_ca_issues_end_entity_certificates_only_if_it_did_before(engine: sa.Engine) -> None:
    issued = {b"busy": ("tls-server",), b"idle": (), b"own": ("ocsp-responder", "cmp-responder"), b"below": ()}
    with engine.connect() as connection:
        begin(connection, write=True)
        connection.exec_driver_sql("DROP TABLE IF EXISTS certificate_trigrams")
        metadata.drop_all(connection)
        connection.exec_driver_sql("DROP TABLE alembic_version")
        command.upgrade(schema.build_configuration(connection), v20261127_cmp_transactions.revision)
        for ca, profiles in issued.items():
            parent = {"parent_id": b"busy"} if ca == b"below" else {}
            put(connection, "cas", id=ca, name=ca.decode(), state="active", **parent)
            put(connection, "issuer_keys", id=ca, ca_id=ca, spki_sha256=ca, backend_key_id=ca.decode())
            for profile in profiles:
                own = {"id": profile.encode(), "serial": profile.encode(), "fingerprint_sha256": profile.encode()}
                put(connection, "certificates", ca_id=ca, issuer_key_id=ca, kind="end-entity", profile=profile, **own)
        command.upgrade(schema.build_configuration(connection), "head")
        rows = connection.exec_driver_sql("SELECT name, end_entity_certificates FROM cas").all()
        connection.rollback()
    assert dict(tuple(row) for row in rows) == {"busy": 1, "idle": 0, "own": 0, "below": 1}


def _insert(connection: sa.Connection, table: sa.Table, **values: object) -> None:
    """A row with those values, and nothing in particular in its other columns."""
    empty = {"BLOB": b"", "TEXT": "", "INTEGER": 0}
    filled = {column.name: empty[str(column.type)] for column in table.columns if not column.nullable}
    connection.execute(table.insert(), {**filled, **values})
