"""A CA can have certificate policies of its own, in the place of its profile's."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261125_ca_policies"
down_revision = "20261125_identities"


def upgrade() -> None:
    op.add_column("cas", sa.Column("policies", sa.Text(), nullable=True))
