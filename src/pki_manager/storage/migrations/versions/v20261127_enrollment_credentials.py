"""Enrollment credentials: their secrets and device lists, and the exchanges that clients began."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261127_enrollment_credentials"
down_revision = "20261127_status_changes"

INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
BYTES = sa.LargeBinary()


def upgrade() -> None:
    op.create_table(
        "enrollment_credentials",
        sa.Column("token_id", BYTES, nullable=False),
        sa.Column("protocol", TEXT, nullable=False),
        sa.Column("single_use", INTEGER, nullable=False),
        sa.Column("device_count", INTEGER, nullable=False),
        sa.Column("secret_sha256", BYTES, nullable=True),
        sa.Column("sealed", BYTES, nullable=True),
        sa.Column("enrollment_id", BYTES, nullable=True),
        sa.Column("used_at", INTEGER, nullable=True),
        sa.PrimaryKeyConstraint("token_id", name="pk_enrollment_credentials"),
        sa.ForeignKeyConstraint(["token_id"], ["tokens.id"], name="fk_enrollment_credentials_token_id"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    condition = sa.text("secret_sha256 IS NOT NULL")
    op.create_index(
        "uq_enrollment_credentials_secret_sha256",
        "enrollment_credentials",
        ["secret_sha256"],
        unique=True,
        sqlite_where=condition,
        postgresql_where=condition,
    )
    op.create_table(
        "enrollment_devices",
        sa.Column("token_id", BYTES, nullable=False),
        sa.Column("identity", TEXT, nullable=False),
        sa.Column("device", INTEGER, nullable=False),
        sa.PrimaryKeyConstraint("token_id", "identity", "device", name="pk_enrollment_devices"),
        sa.ForeignKeyConstraint(
            ["token_id"], ["enrollment_credentials.token_id"], name="fk_enrollment_devices_token_id"
        ),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "enrollment_exchanges",
        sa.Column("exchange_sha256", BYTES, nullable=False),
        sa.Column("enrollment_id", BYTES, nullable=False),
        sa.Column("created_at", INTEGER, nullable=False),
        sa.PrimaryKeyConstraint("exchange_sha256", name="pk_enrollment_exchanges"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_enrollment_exchanges_created_at", "enrollment_exchanges", ["created_at"])
    # The keys of ACME clients are credentials, too.
    op.execute(
        "INSERT INTO enrollment_credentials (token_id, protocol, single_use, device_count) "
        "SELECT token_id, 'acme', 0, 0 FROM acme_keys"
    )
