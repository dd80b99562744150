"""The tables of the audit trail."""

from __future__ import annotations

from sqlalchemy import Column, Index, PrimaryKeyConstraint, text

from pki_manager.storage.tables.columns import required as _required
from pki_manager.storage.tables.columns import table as _table
from pki_manager.storage.tables.types import Bytes, Integer, Moment, Text

audit_events = _table(
    "audit_events",
    _required("chain", Text),
    _required("seq", Integer),
    _required("segment", Integer),
    _required("body", Bytes),
    _required("hash", Bytes),
    _required("mac", Bytes),
    _required("time", Moment),
    _required("action", Text),
    _required("actor", Text),
    _required("object_kind", Text),
    _required("object_id", Text),
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

audit_heads = _table(
    "audit_heads",
    Column("chain", Text, primary_key=True),
    _required("seq", Integer),
    _required("hash", Bytes),
)
