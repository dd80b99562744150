"""The tables of the audit log."""

from __future__ import annotations

from sqlalchemy import Column, Index, PrimaryKeyConstraint, text

from pki_manager.storage.tables.columns import required, table
from pki_manager.storage.tables.types import Bytes, Integer, Moment, Text

audit_events = table(
    "audit_events",
    required("chain", Text),
    required("seq", Integer),
    required("segment", Integer),
    required("body", Bytes),
    required("hash", Bytes),
    required("mac", Bytes),
    required("time", Moment),
    required("action", Text),
    required("actor", Text),
    required("object_kind", Text),
    required("object_id", Text),
    Column("via", Text, nullable=False, server_default=""),
    Column("outcome", Text, nullable=False, server_default="success"),
    PrimaryKeyConstraint("chain", "seq"),
    Index(None, "time", "chain", "seq"),
    Index(None, "action", "time"),
    Index(None, "actor", "time"),
    Index(None, "object_id", "time"),
    Index(None, "via", "time"),
    # Nearly all succeed: looking for those is looking at all.
    Index(
        "ix_audit_events_outcome_time",
        "outcome",
        "time",
        sqlite_where=text("outcome <> 'success'"),
        postgresql_where=text("outcome <> 'success'"),
    ),
)

audit_heads = table(
    "audit_heads",
    Column("chain", Text, primary_key=True),
    required("seq", Integer),
    required("hash", Bytes),
)
