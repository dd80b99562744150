"""What hosts report: the status revision of their published store, and the term in which they lead."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261128_nodes"
down_revision = "20261128_pre_authorization"

INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("published_stores", sa.Column("revision", INTEGER, nullable=True))
    op.add_column("published_stores", sa.Column("term", INTEGER, nullable=True))
