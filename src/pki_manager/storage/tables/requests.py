"""The tables of comments, approvals, and approval rules."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, PrimaryKeyConstraint, text

from pki_manager.storage.tables.columns import optional, required, table
from pki_manager.storage.tables.types import Bytes, Id, Integer, Moment, Text

request_comments = table(
    "request_comments",
    Column("id", Id, primary_key=True),
    required("request_id", Id, ForeignKey("enrolments.id")),
    required("by", Text),
    required("name", Text),
    required("at", Moment),
    required("text", Text),
    Index(None, "request_id", "id"),
)

approvals = table(
    "approvals",
    Column("id", Id, primary_key=True),
    required("operation", Text),
    required("object_kind", Text),
    required("object_id", Text),
    optional("request_id", Id, ForeignKey("enrolments.id")),
    required("body", Bytes),
    required("sha256", Bytes),
    required("rules", Text),
    required("state", Text),
    required("requested_by", Text),
    required("requester_name", Text),
    required("person", Text),
    optional("team_id", Id),
    required("created_at", Moment),
    required("changed_at", Moment),
    required("expires_at", Moment),
    optional("reason", Text),
    optional("overridden_by", Text),
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

# Requesters, editors, and approvers of an operation: one row for each person, so that each acts once.
approval_persons = table(
    "approval_persons",
    required("approval_id", Id, ForeignKey("approvals.id")),
    required("person", Text),
    required("part", Text),
    required("actor_id", Text),
    required("name", Text),
    required("rules", Text),
    required("at", Moment),
    PrimaryKeyConstraint("approval_id", "person"),
    rowid=False,
)

# Approver keys of the rules: lists of operations that a user can approve are filtered by them.
approval_groups = table(
    "approval_groups",
    required("approval_id", Id, ForeignKey("approvals.id")),
    required("key", Text),
    PrimaryKeyConstraint("approval_id", "key"),
    rowid=False,
)

approval_rules = table(
    "approval_rules",
    Column("version", Integer, primary_key=True, autoincrement=False),
    required("body", Text),
    required("created_by", Text),
    required("created_at", Moment),
)
