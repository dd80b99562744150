"""Sign-ins of command lines by device code."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261128_device_sign_ins"
down_revision = "20261128_scep_legacy_algorithms"

INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
BYTES = sa.LargeBinary()


def upgrade() -> None:
    op.create_table(
        "device_sign_ins",
        sa.Column("id", BYTES, nullable=False),
        sa.Column("device_sha256", BYTES, nullable=False),
        sa.Column("user_code_mac", BYTES, nullable=False),
        sa.Column("client_id", TEXT, nullable=False),
        sa.Column("host", TEXT, nullable=False),
        sa.Column("role", TEXT, nullable=True),
        sa.Column("lifetime", TEXT, nullable=True),
        sa.Column("peer", TEXT, nullable=True),
        sa.Column("network", TEXT, nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("poll_interval", INTEGER, nullable=False),
        sa.Column("created_at", INTEGER, nullable=False),
        sa.Column("expires_at", INTEGER, nullable=False),
        sa.Column("polled_at", INTEGER, nullable=True),
        sa.Column("token_id", BYTES, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_device_sign_ins"),
        sa.UniqueConstraint("device_sha256", name="uq_device_sign_ins_device_sha256"),
        sa.UniqueConstraint("user_code_mac", name="uq_device_sign_ins_user_code_mac"),
        sqlite_strict=True,
    )
    op.create_index("ix_device_sign_ins_expires_at", "device_sign_ins", ["expires_at"])
