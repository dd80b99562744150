"""Transactions of CMP clients that continue after the first response."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261127_cmp_transactions"
down_revision = "20261127_enrollment_credentials"

INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
BYTES = sa.LargeBinary()


def upgrade() -> None:
    op.create_table(
        "cmp_transactions",
        sa.Column("id", BYTES, nullable=False),
        sa.Column("client", TEXT, nullable=False),
        sa.Column("transaction_id", BYTES, nullable=False),
        sa.Column("body_type", INTEGER, nullable=False),
        sa.Column("request_number", INTEGER, nullable=False),
        sa.Column("enrollment_id", BYTES, nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("implicit_confirm", INTEGER, nullable=False),
        sa.Column("nonce", BYTES, nullable=False),
        sa.Column("created_at", INTEGER, nullable=False),
        sa.Column("expires_at", INTEGER, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_cmp_transactions"),
        sa.UniqueConstraint("client", "transaction_id", name="uq_cmp_transactions_client_transaction_id"),
        sqlite_strict=True,
    )
    op.create_index("ix_cmp_transactions_state_expires_at", "cmp_transactions", ["state", "expires_at"])
