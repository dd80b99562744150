"""An issuer key's CRL can be divided: how many parts it has, and which one lists a revocation."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261125_crl_shards"
down_revision = "20261125_audit_search"

INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("issuer_keys", sa.Column("crl_shards", INTEGER, nullable=False, server_default="1"))
    op.add_column("revocations", sa.Column("shard", INTEGER, nullable=True))
    op.create_index(
        "ix_revocations_shard",
        "revocations",
        ["issuer_key_id", "shard", "serial", "dropped", "entry_der"],
        sqlite_where=sa.text("shard IS NOT NULL"),
        postgresql_where=sa.text("shard IS NOT NULL"),
    )
    op.add_column("crls", sa.Column("shard", INTEGER, nullable=True))
    op.drop_index("ix_crls_issuer_key_id_base_number_number", table_name="crls")
    op.create_index(
        "ix_crls_issuer_key_id_shard_base_number_number", "crls", ["issuer_key_id", "shard", "base_number", "number"]
    )
