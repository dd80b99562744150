"""People whom identity providers vouch for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261125_identities"
down_revision = "20261125_crl_shards"

INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
BYTES = sa.LargeBinary()


def upgrade() -> None:
    op.add_column("users", sa.Column("origin", TEXT, nullable=True))
    op.create_table(
        "identities",
        sa.Column("id", BYTES, nullable=False),
        sa.Column("user_id", BYTES, nullable=False),
        sa.Column("issuer", TEXT, nullable=False),
        sa.Column("subject", TEXT, nullable=False),
        sa.Column("by_rules", INTEGER, nullable=False),
        sa.Column("suspended", INTEGER, nullable=False),
        sa.Column("created_at", INTEGER, nullable=False),
        sa.Column("last_used_at", INTEGER, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_identities"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_identities_user_id"),
        sa.UniqueConstraint("issuer", "subject", name="uq_identities_issuer_subject"),
        sqlite_strict=True,
    )
    op.create_index("ix_identities_user_id_id", "identities", ["user_id", "id"])
    op.create_table(
        "identity_grants",
        sa.Column("identity_id", BYTES, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("identity_id", "kind", "name", name="pk_identity_grants"),
        sa.ForeignKeyConstraint(["identity_id"], ["identities.id"], name="fk_identity_grants_identity_id"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "oidc_flows",
        sa.Column("secret_sha256", BYTES, nullable=False),
        sa.Column("provider", TEXT, nullable=False),
        sa.Column("purpose", TEXT, nullable=False),
        sa.Column("session_id", BYTES, nullable=True),
        sa.Column("invitation_sha256", BYTES, nullable=True),
        sa.Column("begun_at", INTEGER, nullable=False),
        sa.Column("expires_at", INTEGER, nullable=False),
        sa.PrimaryKeyConstraint("secret_sha256", name="pk_oidc_flows"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_oidc_flows_expires_at", "oidc_flows", ["expires_at"])
