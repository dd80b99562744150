"""CMP credentials whose requests a registration authority signs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261128_cmp_ra_certificates"
down_revision = "20261128_row_security"

TABLE, COLUMN = "enrollment_credentials", "ra_certificate_id"


def upgrade() -> None:
    op.add_column(TABLE, sa.Column(COLUMN, sa.LargeBinary(), nullable=True))
    is_set = sa.text(f"{COLUMN} IS NOT NULL")
    op.create_index(f"ix_{TABLE}_{COLUMN}", TABLE, [COLUMN], sqlite_where=is_set, postgresql_where=is_set)
