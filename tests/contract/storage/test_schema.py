"""Migrations: complete, all or nothing, and refused when they don't fit."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext

from pki_manager.domain.errors import HomeUnusable
from pki_manager.storage import schema
from pki_manager.storage.tables import metadata
from tests.conftest import OpenStorage

BROKEN = f"""
import sqlalchemy as sa
from alembic import op
revision = "20990101_broken"
down_revision = "{schema.head()}"
def upgrade():
    op.create_table("half", sa.Column("a", sa.Integer))
    op.execute("INSERT INTO meta (key, value) VALUES ('half', 'done')")
    raise RuntimeError("half-way")
"""


def test_no_migration_is_pending(engine: sa.Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_upgrading_twice_is_fine(engine: sa.Engine) -> None:
    assert schema.current(engine) == schema.head()
    schema.upgrade(engine)
    assert schema.current(engine) == schema.head()


def test_a_migration_that_dies_half_way_leaves_no_trace(
    engine: sa.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken.py").write_text(BROKEN)
    original = schema.configuration

    def with_broken(connection: sa.Connection | None = None) -> Config:
        config = original(connection)
        config.set_main_option("path_separator", "space")
        config.set_main_option("version_locations", f"pki_manager.storage.migrations:versions {tmp_path}")
        return config

    monkeypatch.setattr(schema, "configuration", with_broken)
    with pytest.raises(RuntimeError, match="half-way"):
        schema.upgrade(engine)
    monkeypatch.undo()
    assert schema.current(engine) == schema.head()
    with engine.connect() as connection:
        assert not sa.inspect(connection).has_table("half")
        assert connection.exec_driver_sql("SELECT count(*) FROM meta").scalar_one() == 0


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
            connection.exec_driver_sql(f"INSERT INTO alembic_version VALUES ('{revision}')")
        connection.commit()
    with pytest.raises(HomeUnusable, match=sentence):
        open_storage()
    if revision is not None:
        with pytest.raises(HomeUnusable, match=sentence):
            schema.upgrade(engine)


def test_an_older_schema_is_refused_outside_an_upgrade(
    open_storage: OpenStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema, "head", lambda: "20990101_future")
    with pytest.raises(HomeUnusable, match="older"):
        open_storage()
