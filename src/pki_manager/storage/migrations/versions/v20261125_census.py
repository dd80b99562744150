"""The index of what ends next carries the key type, so that counting by it reads no certificates."""

from __future__ import annotations

from alembic import op

revision = "20261125_census"
down_revision = "20261125_bulk"

_NAME = "ix_certificates_standing_not_after_id"


def upgrade() -> None:
    op.drop_index(_NAME, "certificates")
    op.create_index(_NAME, "certificates", ["standing", "not_after", "id", "key_type"])
