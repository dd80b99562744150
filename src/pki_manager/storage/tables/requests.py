"""The tables of what people say and decide: comments, approvals, and the rules that demand them."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, PrimaryKeyConstraint, text

from pki_manager.storage.tables.columns import optional as _optional
from pki_manager.storage.tables.columns import required as _required
from pki_manager.storage.tables.columns import table as _table
from pki_manager.storage.tables.types import Bytes, Id, Integer, Moment, Text

request_comments = _table(
    "request_comments",
    Column("id", Id, primary_key=True),
    _required("request_id", Id, ForeignKey("enrolments.id")),
    _required("by", Text),
    _required("name", Text),
    _required("at", Moment),
    _required("text", Text),
    Index(None, "request_id", "id"),
)

approvals = _table(
    "approvals",
    Column("id", Id, primary_key=True),
    _required("operation", Text),
    _required("object_kind", Text),
    _required("object_id", Text),
    _optional("request_id", Id, ForeignKey("enrolments.id")),
    _required("body", Bytes),
    _required("sha256", Bytes),
    _required("rules", Text),
    _required("state", Text),
    _required("requested_by", Text),
    _required("requester_name", Text),
    _required("person", Text),
    _optional("team_id", Id),
    _required("created_at", Moment),
    _required("changed_at", Moment),
    _required("expires_at", Moment),
    _optional("reason", Text),
    _optional("overridden_by", Text),
    Index(None, "state", "id"),
    Index(None, "person", "id"),
    Index(None, "state", "expires_at"),
    Index(None, "request_id"),
    Index(
        "uq_approvals_open",
        "person",
        "object_id",
        "sha256",
        unique=True,
        sqlite_where=text("state IN ('waiting', 'approved')"),
        postgresql_where=text("state IN ('waiting', 'approved')"),
    ),
    Index(
        "ix_approvals_overridden",
        "id",
        sqlite_where=text("overridden_by IS NOT NULL"),
        postgresql_where=text("overridden_by IS NOT NULL"),
    ),
)

# Who has shaped an act and who has approved it: one row a person, so that nobody does both, or either twice.
approval_persons = _table(
    "approval_persons",
    _required("approval_id", Id, ForeignKey("approvals.id")),
    _required("person", Text),
    _required("part", Text),
    _required("actor_id", Text),
    _required("name", Text),
    _required("rules", Text),
    _required("at", Moment),
    PrimaryKeyConstraint("approval_id", "person"),
    rowid=False,
)

# Who can approve, by the keys of rules: what lists of things that wait for somebody go by.
approval_groups = _table(
    "approval_groups",
    _required("approval_id", Id, ForeignKey("approvals.id")),
    _required("key", Text),
    PrimaryKeyConstraint("approval_id", "key"),
    rowid=False,
)

approval_rules = _table(
    "approval_rules",
    Column("version", Integer, primary_key=True, autoincrement=False),
    _required("body", Text),
    _required("created_by", Text),
    _required("created_at", Moment),
)
