"""Tokens of a team are found by an index."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261126_token_teams"
down_revision = "20261126_token_rotations"


def upgrade() -> None:
    has_team = sa.text("team_id IS NOT NULL")
    op.create_index(
        "ix_tokens_team_id_id", "tokens", ["team_id", "id"], sqlite_where=has_team, postgresql_where=has_team
    )
