"""What was revoked in a span of time: counted and listed from an index."""

from __future__ import annotations

from alembic import op

revision = "20261126_revocation_times"
down_revision = "20261126_provider_sessions"


def upgrade() -> None:
    op.create_index("ix_revocations_time_reason_certificate_id", "revocations", ["time", "reason", "certificate_id"])
