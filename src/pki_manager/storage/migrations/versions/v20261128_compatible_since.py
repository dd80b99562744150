"""Beside the schema revision: the oldest version of the program that can use the database."""

from __future__ import annotations

from alembic import op

revision = "20261128_compatible_since"
down_revision = "20261128_host_settings"


def upgrade() -> None:
    # Alembic creates this table, and knows only its column `version_num`.
    op.execute("ALTER TABLE alembic_version ADD COLUMN compatible_since VARCHAR(32)")
