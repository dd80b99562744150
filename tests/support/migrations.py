"""Further migrations for tests, as a newer version of the program has them."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.config import Config

from pki_manager.storage.engine import schema


def add_migrations(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Let `schema` also use the migrations in a folder, until `monkeypatch` is undone."""
    original = schema.build_configuration

    def build(connection: sa.Connection | None = None) -> Config:
        config = original(connection)
        config.set_main_option("path_separator", "space")
        config.set_main_option("version_locations", f"pki_manager.storage.migrations:versions {folder}")
        return config

    monkeypatch.setattr(schema, "build_configuration", build)
