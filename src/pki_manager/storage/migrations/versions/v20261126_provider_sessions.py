"""A session keeps in which session of the identity provider it began: that one's end is its own."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261126_provider_sessions"
down_revision = "20261126_list_states"


def upgrade() -> None:
    text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    op.add_column("sessions", sa.Column("provider_session", text, nullable=True))
    told = sa.text("provider_session IS NOT NULL")
    op.create_index(
        "ix_sessions_provider_session",
        "sessions",
        ["provider_session"],
        sqlite_where=told,
        postgresql_where=told,
    )
