"""A key is written down before its backend is asked for it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261126_key_intents"
down_revision = "20261125_ca_policies"

INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
BYTES = sa.LargeBinary()


def upgrade() -> None:
    op.create_table(
        "key_intents",
        sa.Column("id", BYTES, nullable=False),
        sa.Column("backend", TEXT, nullable=False),
        sa.Column("key_type", TEXT, nullable=False),
        sa.Column("is_known", INTEGER, nullable=False),
        sa.Column("requested_by", TEXT, nullable=False),
        sa.Column("node", TEXT, nullable=False),
        sa.Column("created_at", INTEGER, nullable=False),
        sa.Column("deadline", INTEGER, nullable=False),
        sa.Column("given_up", INTEGER, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_key_intents"),
        sqlite_strict=True,
    )
