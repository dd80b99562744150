"""A token remembers who rotated it: whoever did was told a secret of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261126_token_rotations"
down_revision = "20261126_key_intents"


def upgrade() -> None:
    text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    op.add_column("tokens", sa.Column("rotated_by", text, nullable=True))
