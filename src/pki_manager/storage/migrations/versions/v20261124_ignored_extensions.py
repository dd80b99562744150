"""What a certificate's request asked for in vain is kept with the certificate."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261124_ignored_extensions"
down_revision = "20261124_blocked_keys"

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.add_column("certificates", sa.Column("ignored_extensions", TEXT, nullable=False, server_default=""))
