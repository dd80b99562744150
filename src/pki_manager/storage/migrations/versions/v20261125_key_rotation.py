"""A CA's next key knows when it takes over; what a key has signed that is still unexpired is counted from an index."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261125_key_rotation"
down_revision = "20261125_people"

INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("issuer_keys", sa.Column("switch_at", INTEGER, nullable=True))
    op.add_column("issuer_keys", sa.Column("cross_certify", INTEGER, nullable=False, server_default="0"))
    op.drop_index("ix_certificates_issuer_key_id_id", table_name="certificates")
    op.create_index("ix_certificates_issuer_key_id_id_not_after", "certificates", ["issuer_key_id", "id", "not_after"])
