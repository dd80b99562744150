"""Pre-authorization in ACME: the credentials that allow it, and the authorizations that rely on it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261128_pre_authorization"
down_revision = "20261128_public_names"

INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    for table in ("enrollment_credentials", "acme_authorizations"):
        op.add_column(table, sa.Column("pre_authorized", INTEGER, nullable=False, server_default=sa.text("0")))
