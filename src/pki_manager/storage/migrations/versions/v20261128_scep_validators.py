"""SCEP credentials whose challenges a service validates."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261128_scep_validators"
down_revision = "20261128_device_sign_ins"

TABLE, COLUMN = "enrollment_credentials", "validator"


def upgrade() -> None:
    op.add_column(TABLE, sa.Column(COLUMN, sa.Text(), nullable=True))
    is_set = sa.text(f"{COLUMN} IS NOT NULL")
    op.create_index(f"ix_{TABLE}_{COLUMN}", TABLE, ["token_id"], sqlite_where=is_set, postgresql_where=is_set)
