"""SCEP credentials whose clients may use 3DES and SHA-1."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261128_scep_legacy_algorithms"
down_revision = "20261128_nodes"

INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TABLE, COLUMN = "enrollment_credentials", "legacy_algorithms"


def upgrade() -> None:
    op.add_column(TABLE, sa.Column(COLUMN, INTEGER, nullable=False, server_default=sa.text("0")))
    is_set = sa.text(f"{COLUMN} = 1")
    op.create_index(f"ix_{TABLE}_{COLUMN}", TABLE, ["token_id"], sqlite_where=is_set, postgresql_where=is_set)
