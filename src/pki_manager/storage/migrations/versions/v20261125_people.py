"""People: users, their one-time links and sessions, and what is known of failed sign-ins."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261125_people"
down_revision = "20261125_owners"

INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
BYTES = sa.LargeBinary()
ADMINISTRATORS = sa.text("role = 'administrator' AND state = 'active'")


def upgrade() -> None:
    op.create_table(
        "users",
        sa.Column("id", BYTES, nullable=False),
        sa.Column("login", TEXT, nullable=False),
        sa.Column("display_name", TEXT, nullable=False),
        sa.Column("email", TEXT, nullable=True),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("role", TEXT, nullable=False),
        sa.Column("password", TEXT, nullable=True),
        sa.Column("created_by", TEXT, nullable=False),
        sa.Column("created_at", INTEGER, nullable=False),
        sa.Column("last_sign_in_at", INTEGER, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_users"),
        sa.UniqueConstraint("login", name="uq_users_login"),
        sqlite_strict=True,
    )
    op.create_index(
        "ix_users_administrators", "users", ["id"], sqlite_where=ADMINISTRATORS, postgresql_where=ADMINISTRATORS
    )
    op.create_table(
        "invitations",
        sa.Column("id", BYTES, nullable=False),
        sa.Column("user_id", BYTES, nullable=False),
        sa.Column("secret_sha256", BYTES, nullable=False),
        sa.Column("created_by", TEXT, nullable=False),
        sa.Column("created_at", INTEGER, nullable=False),
        sa.Column("expires_at", INTEGER, nullable=False),
        sa.Column("ended_at", INTEGER, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_invitations"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_invitations_user_id"),
        sa.UniqueConstraint("secret_sha256", name="uq_invitations_secret_sha256"),
        sqlite_strict=True,
    )
    op.create_index("ix_invitations_user_id", "invitations", ["user_id"])
    _sessions()
    op.create_table(
        "throttle",
        sa.Column("key", BYTES, nullable=False),
        sa.Column("failures", INTEGER, nullable=False),
        sa.Column("last_failure_at", INTEGER, nullable=False),
        sa.Column("blocked_until", INTEGER, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_throttle"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_throttle_last_failure_at", "throttle", ["last_failure_at"])


def _sessions() -> None:
    op.create_table(
        "sessions",
        sa.Column("id", BYTES, nullable=False),
        sa.Column("secret_sha256", BYTES, nullable=False),
        sa.Column("user_id", BYTES, nullable=False),
        sa.Column("stage", TEXT, nullable=False),
        sa.Column("method", TEXT, nullable=False),
        sa.Column("peer", TEXT, nullable=True),
        sa.Column("agent", TEXT, nullable=False),
        sa.Column("created_at", INTEGER, nullable=False),
        sa.Column("authenticated_at", INTEGER, nullable=False),
        sa.Column("last_seen_at", INTEGER, nullable=False),
        sa.Column("ends_at", INTEGER, nullable=False),
        sa.Column("revoked_at", INTEGER, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_sessions"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_sessions_user_id"),
        sa.UniqueConstraint("secret_sha256", name="uq_sessions_secret_sha256"),
        sqlite_strict=True,
    )
    op.create_index("ix_sessions_user_id_id", "sessions", ["user_id", "id"])
    op.create_index("ix_sessions_user_id_peer", "sessions", ["user_id", "peer"])
    op.create_index("ix_sessions_ends_at", "sessions", ["ends_at"])
