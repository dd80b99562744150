"""Audit events by door and by outcome: what their bodies say, copied so that it can be searched."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pki_manager.storage.tables.types import Text

revision = "20261125_audit_search"
down_revision = "20261125_requests"

_FAILED = sa.text("outcome <> 'success'")
_SQLITE = """UPDATE audit_events SET via = json_extract(CAST(body AS TEXT), '$.actor.via'),
outcome = json_extract(CAST(body AS TEXT), '$.outcome')"""
_POSTGRESQL = """UPDATE audit_events SET via = convert_from(body, 'UTF8')::json #>> '{actor,via}',
outcome = convert_from(body, 'UTF8')::json ->> 'outcome'"""


def upgrade() -> None:
    op.add_column("audit_events", sa.Column("via", Text, nullable=False, server_default=""))
    op.add_column("audit_events", sa.Column("outcome", Text, nullable=False, server_default="success"))
    op.execute(_POSTGRESQL if op.get_bind().dialect.name == "postgresql" else _SQLITE)
    op.create_index("ix_audit_events_via_time", "audit_events", ["via", "time"])
    op.create_index(
        "ix_audit_events_outcome_time",
        "audit_events",
        ["outcome", "time"],
        sqlite_where=_FAILED,
        postgresql_where=_FAILED,
    )
