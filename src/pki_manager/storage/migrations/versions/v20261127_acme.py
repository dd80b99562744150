"""ACME: external account keys, accounts, orders, authorizations, challenges, nonces that were used."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261127_acme"
down_revision = "20261126_revocation_times"

INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
BYTES = sa.LargeBinary()


def upgrade() -> None:
    _accounts()
    _orders()
    _authorizations()


def _accounts() -> None:
    op.create_table(
        "acme_keys",
        sa.Column("token_id", BYTES, nullable=False),
        sa.Column("sealed", BYTES, nullable=False),
        sa.Column("is_open", INTEGER, nullable=False),
        sa.PrimaryKeyConstraint("token_id", name="pk_acme_keys"),
        sa.ForeignKeyConstraint(["token_id"], ["tokens.id"], name="fk_acme_keys_token_id"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "acme_accounts",
        sa.Column("id", BYTES, nullable=False),
        sa.Column("token_id", BYTES, nullable=False),
        sa.Column("jwk", TEXT, nullable=False),
        sa.Column("thumbprint", BYTES, nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("contacts", TEXT, nullable=False),
        sa.Column("created_at", INTEGER, nullable=False),
        sa.Column("changed_at", INTEGER, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_acme_accounts"),
        sa.ForeignKeyConstraint(["token_id"], ["tokens.id"], name="fk_acme_accounts_token_id"),
        sa.UniqueConstraint("thumbprint", name="uq_acme_accounts_thumbprint"),
        sqlite_strict=True,
    )
    op.create_index("ix_acme_accounts_token_id_id", "acme_accounts", ["token_id", "id"])
    op.create_table(
        "acme_nonces",
        sa.Column("nonce_sha256", BYTES, nullable=False),
        sa.Column("expires_at", INTEGER, nullable=False),
        sa.PrimaryKeyConstraint("nonce_sha256", name="pk_acme_nonces"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_acme_nonces_expires_at", "acme_nonces", ["expires_at"])


def _orders() -> None:
    op.create_table(
        "acme_orders",
        sa.Column("id", BYTES, nullable=False),
        sa.Column("account_id", BYTES, nullable=False),
        sa.Column("ca_id", BYTES, nullable=False),
        sa.Column("profile", TEXT, nullable=False),
        sa.Column("identifiers", TEXT, nullable=False),
        sa.Column("not_before", INTEGER, nullable=True),
        sa.Column("not_after", INTEGER, nullable=True),
        sa.Column("created_at", INTEGER, nullable=False),
        sa.Column("expires_at", INTEGER, nullable=False),
        sa.Column("enrolment_id", BYTES, nullable=True),
        sa.Column("replaces", BYTES, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_acme_orders"),
        sa.ForeignKeyConstraint(["account_id"], ["acme_accounts.id"], name="fk_acme_orders_account_id"),
        sa.ForeignKeyConstraint(["ca_id"], ["cas.id"], name="fk_acme_orders_ca_id"),
        sa.ForeignKeyConstraint(["replaces"], ["certificates.id"], name="fk_acme_orders_replaces"),
        sqlite_strict=True,
    )
    op.create_index("ix_acme_orders_account_id_id", "acme_orders", ["account_id", "id"])
    _partial("ix_acme_orders_open", ["account_id", "expires_at"], "enrolment_id IS NULL")
    _partial("ix_acme_orders_abandoned", ["expires_at"], "enrolment_id IS NULL")
    _partial("uq_acme_orders_enrolment_id", ["enrolment_id"], "enrolment_id IS NOT NULL", unique=True)
    _partial("ix_acme_orders_replaces", ["replaces"], "replaces IS NOT NULL")


def _partial(name: str, columns: list[str], where: str, *, unique: bool = False) -> None:
    condition = sa.text(where)
    op.create_index(name, "acme_orders", columns, unique=unique, sqlite_where=condition, postgresql_where=condition)


def _authorizations() -> None:
    op.create_table(
        "acme_authorizations",
        sa.Column("id", BYTES, nullable=False),
        sa.Column("account_id", BYTES, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("value", TEXT, nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("created_at", INTEGER, nullable=False),
        sa.Column("expires_at", INTEGER, nullable=False),
        sa.Column("validated_at", INTEGER, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_acme_authorizations"),
        sa.ForeignKeyConstraint(["account_id"], ["acme_accounts.id"], name="fk_acme_authorizations_account_id"),
        sqlite_strict=True,
    )
    columns = ["account_id", "value", "state"]
    op.create_index("ix_acme_authorizations_account_id_value_state", "acme_authorizations", columns)
    op.create_index("ix_acme_authorizations_expires_at", "acme_authorizations", ["expires_at"])
    op.create_table(
        "acme_order_authorizations",
        sa.Column("order_id", BYTES, nullable=False),
        sa.Column("place", INTEGER, nullable=False),
        sa.Column("authorization_id", BYTES, nullable=False),
        sa.PrimaryKeyConstraint("order_id", "place", name="pk_acme_order_authorizations"),
        sa.ForeignKeyConstraint(["order_id"], ["acme_orders.id"], name="fk_acme_order_authorizations_order_id"),
        sa.ForeignKeyConstraint(
            ["authorization_id"], ["acme_authorizations.id"], name="fk_acme_order_authorizations_authorization_id"
        ),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_acme_order_authorizations_authorization_id", "acme_order_authorizations", ["authorization_id"])
    op.create_table(
        "acme_challenges",
        sa.Column("id", BYTES, nullable=False),
        sa.Column("authorization_id", BYTES, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("token", TEXT, nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("validated_at", INTEGER, nullable=True),
        sa.Column("problem_kind", TEXT, nullable=True),
        sa.Column("problem_detail", TEXT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_acme_challenges"),
        sa.ForeignKeyConstraint(
            ["authorization_id"], ["acme_authorizations.id"], name="fk_acme_challenges_authorization_id"
        ),
        sqlite_strict=True,
    )
    op.create_index("ix_acme_challenges_authorization_id", "acme_challenges", ["authorization_id"])
