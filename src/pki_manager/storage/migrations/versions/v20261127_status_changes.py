"""What each status revision changed; which published stores follow; the scheduler's lease."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261127_status_changes"
down_revision = "20261127_acme"

INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
BYTES = sa.LargeBinary()


def upgrade() -> None:
    op.create_table(
        "status_changes",
        sa.Column("revision", INTEGER, nullable=False),
        sa.Column("position", INTEGER, nullable=False),
        sa.Column("subject", TEXT, nullable=False),
        sa.Column("issuer_key_id", BYTES, nullable=False),
        sa.Column("serial", BYTES, nullable=True),
        sa.Column("shard", INTEGER, nullable=True),
        sa.PrimaryKeyConstraint("revision", "position", name="pk_status_changes"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "published_stores",
        sa.Column("id", BYTES, nullable=False),
        sa.Column("node", TEXT, nullable=False),
        sa.Column("seen_at", INTEGER, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_published_stores"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "scheduler_lease",
        sa.Column("id", INTEGER, nullable=False),
        sa.Column("fence", INTEGER, nullable=False),
        sa.Column("renewed_at", INTEGER, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_scheduler_lease"),
        sqlite_strict=True,
    )
    lease = sa.table("scheduler_lease", sa.column("id"), sa.column("fence"), sa.column("renewed_at"))
    op.execute(sa.insert(lease).values(id=1, fence=0, renewed_at=0))
