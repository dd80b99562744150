"""Two versions on one database: which migrations an older program survives, and which newer schema it accepts."""

from __future__ import annotations

import inspect
from pathlib import Path
from types import ModuleType

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.script import ScriptDirectory

from pki_manager.domain.errors import Conflict, HomeUnusable
from pki_manager.storage.engine import schema
from pki_manager.storage.engine.schema import SchemaState
from pki_manager.storage.engine.transaction import begin
from pki_manager.storage.migrations.versions import v20261128_compatible_since
from pki_manager.storage.rows import open_snapshot
from pki_manager.storage.tables.columns import metadata
from tests.conftest import OpenStorage
from tests.support.expansion import find_reductions, record_migration
from tests.support.migrations import add_migrations

BASELINE = v20261128_compatible_since.revision
"""The first revision whose program accepts a newer schema."""

CONTRACTIONS: dict[str, str] = {}
"""By revision of a migration that removes or narrows something: the oldest version that no longer uses it, and why."""

MIGRATION = """
import sqlalchemy as sa
from alembic import op
revision = "{revision}"
down_revision = "{down}"
{attribute}
def upgrade():
    {body}
"""


@pytest.fixture
def with_migrations(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder whose migrations are those of the newer program. `schema` uses them until the end of the test."""
    add_migrations(monkeypatch, tmp_path)
    monkeypatch.setattr(schema, "get_head", schema.get_head.__wrapped__)
    return tmp_path


def write_migration(folder: Path, revision: str, down: str, body: str, since: str | None) -> None:
    attribute = "" if since is None else f'compatible_since = "{since}"'
    text = MIGRATION.format(revision=revision, down=down, attribute=attribute, body=body)
    (folder / f"v{revision}.py").write_text(text)


NULLABLE = 'op.add_column("certificates", sa.Column("novelty", sa.Text(), nullable=True))'


def upgrade_with(folder: Path, engine: sa.Engine, since: str | None) -> None:
    """Do what the newer program does: upgrade the database with one more migration."""
    write_migration(folder, "20990101_next", schema.get_head(), NULLABLE, since)
    schema.upgrade(engine)


def test_a_program_opens_the_database_that_a_compatible_newer_version_has_upgraded(
    engine: sa.Engine, open_storage: OpenStorage, with_migrations: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = schema.get_head()
    upgrade_with(with_migrations, engine, since=old)
    assert schema.get_state(engine) is SchemaState.CURRENT
    monkeypatch.undo()
    assert schema.get_state(engine) is SchemaState.NEWER_USABLE
    open_storage()
    schema.upgrade(engine)
    assert schema.get_current(engine) == "20990101_next"


def test_a_program_refuses_the_database_of_a_newer_version_that_does_not_declare_itself_compatible(
    engine: sa.Engine, open_storage: OpenStorage, with_migrations: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    upgrade_with(with_migrations, engine, since=None)
    monkeypatch.undo()
    assert schema.get_state(engine) is SchemaState.NEWER
    for refused in (open_storage, lambda: schema.upgrade(engine)):
        with pytest.raises(HomeUnusable, match="newer schema, which this version of PKI Manager cannot use"):
            refused()


def test_a_program_refuses_a_later_compatible_version_after_an_incompatible_one(
    engine: sa.Engine, with_migrations: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_migration(with_migrations, "20990101_next", schema.get_head(), NULLABLE, None)
    body = 'op.create_table("more", sa.Column("a", sa.Integer))'
    write_migration(with_migrations, "20990102_more", "20990101_next", body, schema.get_head())
    schema.upgrade(engine)
    monkeypatch.undo()
    assert schema.get_state(engine) is SchemaState.NEWER


def test_a_schema_of_unknown_origin_is_refused(engine: sa.Engine, open_storage: OpenStorage) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE alembic_version DROP COLUMN compatible_since")
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '20990101_other'")
    with pytest.raises(HomeUnusable, match="newer schema, which this version of PKI Manager cannot use"):
        open_storage()


def test_an_older_program_copies_no_database_whose_tables_it_does_not_know(
    engine: sa.Engine, with_migrations: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    upgrade_with(with_migrations, engine, since=schema.get_head())
    with open_snapshot(engine):
        pass
    monkeypatch.undo()
    with pytest.raises(Conflict, match="a copy of it would be incomplete"), open_snapshot(engine):
        pass


def list_later_migrations() -> list[ModuleType]:
    """Return the migrations after the baseline, oldest first."""
    scripts = ScriptDirectory.from_config(schema.build_configuration()).walk_revisions(BASELINE, "head")
    return [script.module for script in scripts if script.revision != BASELINE][::-1]


def list_undeclared_reductions(connection: sa.Connection) -> list[str]:
    """Run each migration after the baseline. Return the statements by which it is incompatible with its declaration."""
    begin(connection, write=True)
    connection.exec_driver_sql("DROP TABLE IF EXISTS certificate_trigrams")
    metadata.drop_all(connection)
    connection.exec_driver_sql("DROP TABLE alembic_version")
    config = schema.build_configuration(connection)
    command.upgrade(config, BASELINE)
    found = []
    for module in list_later_migrations():
        statements = record_migration(connection, config, module.revision)
        if hasattr(module, "compatible_since") and module.revision not in CONTRACTIONS:
            found += find_reductions(statements, inspect.getsource(module))
    connection.rollback()
    return found


def test_each_migration_that_older_programs_survive_only_expands_the_schema(engine: sa.Engine) -> None:
    with engine.connect() as connection:
        assert list_undeclared_reductions(connection) == []


def test_the_oldest_program_is_a_known_one() -> None:
    assert schema.is_known(schema.find_compatible_since())


@pytest.mark.parametrize(
    ("body", "notices"),
    [
        (NULLABLE, False),
        ('op.create_table("t", sa.Column("a", sa.Integer, primary_key=True))', False),
        ('op.create_table("t", sa.Column("a", sa.Integer)); op.execute("INSERT INTO t VALUES (1)")', False),
        ('op.create_index("ix_c", "certificates", ["serial"])', False),
        ('op.create_table("t", sa.Column("a", sa.Integer)); op.create_index("u", "t", ["a"], unique=True)', False),
        ('op.add_column("cas", sa.Column("n", sa.Integer, nullable=False, server_default="0"))', False),
        ('op.execute("ALTER TABLE cas ADD COLUMN n INTEGER CHECK (n > 0)")', True),
        ('op.create_index("ix_c", "certificates", ["serial"], unique=True)', True),
        ('op.drop_table("blocked_keys")', True),
        ('op.execute("ALTER TABLE meta RENAME TO metas")', True),
        ('op.execute("ALTER TABLE meta RENAME COLUMN value TO content")', True),
        ('op.execute("ALTER TABLE published_stores DROP COLUMN settings")', True),
        ('op.execute("UPDATE meta SET value = 1")', True),
        ('op.execute("DELETE FROM meta")', True),
        ('op.execute("INSERT INTO meta (key, value) VALUES (1, 2)")', True),
        ("for row in (): op.execute(sa.update(row))", True),
        ('with op.batch_alter_table("published_stores") as t: t.alter_column("settings", nullable=False)', True),
    ],
)
def test_what_an_older_program_notices_is_found(
    engine: sa.Engine, with_migrations: Path, body: str, notices: bool
) -> None:
    write_migration(with_migrations, "20990101_next", schema.get_head(), body, BASELINE)
    with engine.connect() as connection:
        assert bool(list_undeclared_reductions(connection)) is notices
