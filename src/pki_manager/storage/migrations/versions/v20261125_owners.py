"""Certificates by owner and by team: what lists of one's own are read from."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261125_owners"
down_revision = "20261124_ignored_extensions"

_TEAM = sa.text("team_id IS NOT NULL")


def upgrade() -> None:
    op.create_index("ix_certificates_owner_id_id", "certificates", ["owner_id", "id"])
    op.create_index(
        "ix_certificates_team_id_id",
        "certificates",
        ["team_id", "id"],
        sqlite_where=_TEAM,
        postgresql_where=_TEAM,
    )
