"""Bulk jobs and their rows."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261125_bulk"
down_revision = "20261125_key_rotation"

INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
BYTES = sa.LargeBinary()


def upgrade() -> None:
    op.create_table(
        "bulk_jobs",
        sa.Column("id", BYTES, nullable=False),
        sa.Column("action", TEXT, nullable=False),
        sa.Column("requested_by", TEXT, nullable=False),
        sa.Column("requested_name", TEXT, nullable=False),
        sa.Column("via", TEXT, nullable=False),
        sa.Column("rows", INTEGER, nullable=False),
        sa.Column("started", INTEGER, nullable=False),
        sa.Column("created_at", INTEGER, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_bulk_jobs"),
        sqlite_strict=True,
    )
    op.create_table(
        "bulk_rows",
        sa.Column("job_id", BYTES, nullable=False),
        sa.Column("number", INTEGER, nullable=False),
        sa.Column("body", TEXT, nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("certificate_id", BYTES, nullable=True),
        sa.Column("code", TEXT, nullable=True),
        sa.Column("detail", TEXT, nullable=True),
        sa.PrimaryKeyConstraint("job_id", "number", name="pk_bulk_rows"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_bulk_rows_job_id_state_number", "bulk_rows", ["job_id", "state", "number"])
