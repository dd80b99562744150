"""What renews what: kept with the intent, and found in both directions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261124_lineage"
down_revision = "20261124_first_schema"

RENEWS = sa.text("renews IS NOT NULL")


def upgrade() -> None:
    op.add_column("enrolments", sa.Column("renews", sa.LargeBinary(), nullable=True))
    op.create_index(
        "ix_certificates_renews_id",
        "certificates",
        ["renews", "id"],
        sqlite_where=RENEWS,
        postgresql_where=RENEWS,
    )
