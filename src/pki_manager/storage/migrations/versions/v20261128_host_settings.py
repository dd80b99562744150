"""What hosts report: digests of the settings that all hosts must share."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261128_host_settings"
down_revision = "20261128_cmp_ra_certificates"

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.add_column("published_stores", sa.Column("settings", TEXT, nullable=True))
