"""The newest CRL of a key, full or delta, found without reading any."""

from __future__ import annotations

from alembic import op

revision = "20261124_crl_heads"
down_revision = "20261124_status"


def upgrade() -> None:
    op.create_index("ix_crls_issuer_key_id_base_number_number", "crls", ["issuer_key_id", "base_number", "number"])
