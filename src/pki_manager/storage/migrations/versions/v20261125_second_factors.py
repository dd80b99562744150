"""Second factors: one-time codes, passkeys, recovery codes, and the challenges that passkeys answer."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261125_second_factors"
down_revision = "20261125_rights"

INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
BYTES = sa.LargeBinary()


def upgrade() -> None:
    op.create_table(
        "totp",
        sa.Column("user_id", BYTES, nullable=False),
        sa.Column("sealed", BYTES, nullable=False),
        sa.Column("last_step", INTEGER, nullable=False),
        sa.Column("confirmed_at", INTEGER, nullable=True),
        sa.PrimaryKeyConstraint("user_id", name="pk_totp"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_totp_user_id"),
        sqlite_strict=True,
    )
    op.create_table(
        "passkeys",
        sa.Column("id", BYTES, nullable=False),
        sa.Column("user_id", BYTES, nullable=False),
        sa.Column("credential_id", BYTES, nullable=False),
        sa.Column("public_key", BYTES, nullable=False),
        sa.Column("sign_count", INTEGER, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("created_at", INTEGER, nullable=False),
        sa.Column("last_used_at", INTEGER, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_passkeys"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_passkeys_user_id"),
        sa.UniqueConstraint("credential_id", name="uq_passkeys_credential_id"),
        sqlite_strict=True,
    )
    op.create_index("ix_passkeys_user_id_id", "passkeys", ["user_id", "id"])
    op.create_table(
        "recovery_codes",
        sa.Column("user_id", BYTES, nullable=False),
        sa.Column("code_hash", BYTES, nullable=False),
        sa.PrimaryKeyConstraint("user_id", "code_hash", name="pk_recovery_codes"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_recovery_codes_user_id"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "challenges",
        sa.Column("challenge_sha256", BYTES, nullable=False),
        sa.Column("rite", TEXT, nullable=False),
        sa.Column("user_id", BYTES, nullable=True),
        sa.Column("expires_at", INTEGER, nullable=False),
        sa.PrimaryKeyConstraint("challenge_sha256", name="pk_challenges"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_challenges_user_id"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_challenges_expires_at", "challenges", ["expires_at"])
