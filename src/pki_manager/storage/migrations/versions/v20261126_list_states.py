"""Certificates of a key or of an owner in one state: what others are in is seen in the index, without their rows."""

from __future__ import annotations

from alembic import op

revision = "20261126_list_states"
down_revision = "20261126_token_teams"

_INDEXES = {
    "ix_certificates_issuer_key_id_id_not_after": ["issuer_key_id", "id", "not_after", "standing"],
    "ix_certificates_owner_id_id": ["owner_id", "id", "standing", "not_after"],
}


def upgrade() -> None:
    for name, columns in _INDEXES.items():
        op.drop_index(name, "certificates")
        op.create_index(name, "certificates", columns)
