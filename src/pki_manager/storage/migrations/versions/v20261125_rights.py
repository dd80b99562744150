"""Roles of one's own, teams, service accounts; tokens that have owners, limits and a rotation."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pki_manager.storage.tables.types import Text

revision = "20261125_rights"
down_revision = "20261125_census"

BYTES = sa.LargeBinary
INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_UNLIMITED = '{"cas":null,"profiles":null,"names":null,"reach":"all"}'


def upgrade() -> None:
    _roles()
    _teams()
    op.create_table(
        "service_accounts",
        sa.Column("id", BYTES, nullable=False),
        sa.Column("name", Text, nullable=False),
        sa.Column("role", Text, nullable=False),
        sa.Column("user_id", BYTES, nullable=True),
        sa.Column("team_id", BYTES, nullable=True),
        sa.Column("state", Text, nullable=False),
        sa.Column("created_by", Text, nullable=False),
        sa.Column("created_at", INTEGER, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_service_accounts_user_id"),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name="fk_service_accounts_team_id"),
        sa.PrimaryKeyConstraint("id", name="pk_service_accounts"),
        sa.UniqueConstraint("name", name="uq_service_accounts_name"),
        sqlite_strict=True,
    )
    _tokens()


def _roles() -> None:
    op.create_table(
        "roles",
        sa.Column("name", Text, nullable=False),
        sa.Column("version", INTEGER, nullable=False),
        sa.Column("description", Text, nullable=False),
        sa.Column("permissions", Text, nullable=False),
        sa.Column("scope", Text, nullable=False),
        sa.Column("state", Text, nullable=False),
        sa.Column("created_at", INTEGER, nullable=False),
        sa.PrimaryKeyConstraint("name", "version", name="pk_roles"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "role_holders",
        sa.Column("user_id", BYTES, nullable=False),
        sa.Column("role", Text, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_role_holders_user_id"),
        sa.PrimaryKeyConstraint("user_id", "role", name="pk_role_holders"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_role_holders_role_user_id", "role_holders", ["role", "user_id"])


def _teams() -> None:
    op.create_table(
        "teams",
        sa.Column("id", BYTES, nullable=False),
        sa.Column("name", Text, nullable=False),
        sa.Column("created_by", Text, nullable=False),
        sa.Column("created_at", INTEGER, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_teams"),
        sa.UniqueConstraint("name", name="uq_teams_name"),
        sqlite_strict=True,
    )
    op.create_table(
        "team_members",
        sa.Column("user_id", BYTES, nullable=False),
        sa.Column("team_id", BYTES, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_team_members_user_id"),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name="fk_team_members_team_id"),
        sa.PrimaryKeyConstraint("user_id", "team_id", name="pk_team_members"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_team_members_team_id", "team_members", ["team_id"])


def _tokens() -> None:
    """Whoever made a token owns it. What a token made has no owner that is known: it has to be made anew."""
    op.add_column("tokens", sa.Column("permissions", Text, nullable=True))
    op.add_column("tokens", sa.Column("scope", Text, nullable=False, server_default=_UNLIMITED))
    op.add_column("tokens", sa.Column("old_sha256", BYTES, nullable=True))
    op.add_column("tokens", sa.Column("old_until", INTEGER, nullable=True))
    tokens = sa.table("tokens", sa.column("owner_id"), sa.column("created_by"))
    op.execute(sa.update(tokens).values(owner_id=tokens.c.created_by))
    op.create_index(
        "uq_tokens_old_sha256",
        "tokens",
        ["old_sha256"],
        unique=True,
        sqlite_where=sa.text("old_sha256 IS NOT NULL"),
        postgresql_where=sa.text("old_sha256 IS NOT NULL"),
    )
    op.create_index("ix_tokens_owner_id_id", "tokens", ["owner_id", "id"])
