"""The queue of certificate requests, approvals, and the rules that demand them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261125_requests"
down_revision = "20261125_second_factors"

INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
BYTES = sa.LargeBinary()
QUEUED = sa.text("application IS NOT NULL")
OPEN = sa.text("state IN ('waiting', 'approved')")
OVERRIDDEN = sa.text("overridden_by IS NOT NULL")


def upgrade() -> None:
    _queue()
    _approvals()
    _people()
    op.create_table(
        "approval_rules",
        sa.Column("version", INTEGER, nullable=False, autoincrement=False),
        sa.Column("body", TEXT, nullable=False),
        sa.Column("created_by", TEXT, nullable=False),
        sa.Column("created_at", INTEGER, nullable=False),
        sa.PrimaryKeyConstraint("version", name="pk_approval_rules"),
        sqlite_strict=True,
    )


def _queue() -> None:
    for name, kind in (
        ("application", TEXT),
        ("risks", TEXT),
        ("requester_name", TEXT),
        ("expires_at", INTEGER),
        ("approval_id", BYTES),
    ):
        op.add_column("enrolments", sa.Column(name, kind, nullable=True))
    for name, columns in (
        ("queue", ["id"]),
        ("queue_state", ["state", "id"]),
        ("queue_ca", ["ca_id", "id"]),
        ("queue_profile", ["profile", "id"]),
        ("queue_owner", ["owner_id", "id"]),
        ("queue_team", ["team_id", "id"]),
        ("queue_expiry", ["state", "expires_at"]),
    ):
        op.create_index(f"ix_enrolments_{name}", "enrolments", columns, sqlite_where=QUEUED, postgresql_where=QUEUED)
    op.create_table(
        "request_comments",
        sa.Column("id", BYTES, nullable=False),
        sa.Column("request_id", BYTES, nullable=False),
        sa.Column("by", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("at", INTEGER, nullable=False),
        sa.Column("text", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_request_comments"),
        sa.ForeignKeyConstraint(["request_id"], ["enrolments.id"], name="fk_request_comments_request_id"),
        sqlite_strict=True,
    )
    op.create_index("ix_request_comments_request_id_id", "request_comments", ["request_id", "id"])


def _approvals() -> None:
    op.create_table(
        "approvals",
        sa.Column("id", BYTES, nullable=False),
        sa.Column("operation", TEXT, nullable=False),
        sa.Column("object_kind", TEXT, nullable=False),
        sa.Column("object_id", TEXT, nullable=False),
        sa.Column("request_id", BYTES, nullable=True),
        sa.Column("body", BYTES, nullable=False),
        sa.Column("sha256", BYTES, nullable=False),
        sa.Column("rules", TEXT, nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("requested_by", TEXT, nullable=False),
        sa.Column("requester_name", TEXT, nullable=False),
        sa.Column("person", TEXT, nullable=False),
        sa.Column("team_id", BYTES, nullable=True),
        sa.Column("created_at", INTEGER, nullable=False),
        sa.Column("changed_at", INTEGER, nullable=False),
        sa.Column("expires_at", INTEGER, nullable=False),
        sa.Column("reason", TEXT, nullable=True),
        sa.Column("overridden_by", TEXT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_approvals"),
        sa.ForeignKeyConstraint(["request_id"], ["enrolments.id"], name="fk_approvals_request_id"),
        sqlite_strict=True,
    )
    for columns in (["state", "id"], ["person", "id"], ["state", "expires_at"], ["request_id"]):
        op.create_index(f"ix_approvals_{'_'.join(columns)}", "approvals", columns)
    op.create_index(
        "uq_approvals_open",
        "approvals",
        ["person", "object_id", "sha256"],
        unique=True,
        sqlite_where=OPEN,
        postgresql_where=OPEN,
    )
    op.create_index(
        "ix_approvals_overridden", "approvals", ["id"], sqlite_where=OVERRIDDEN, postgresql_where=OVERRIDDEN
    )


def _people() -> None:
    op.create_table(
        "approval_persons",
        sa.Column("approval_id", BYTES, nullable=False),
        sa.Column("person", TEXT, nullable=False),
        sa.Column("part", TEXT, nullable=False),
        sa.Column("actor_id", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("rules", TEXT, nullable=False),
        sa.Column("at", INTEGER, nullable=False),
        sa.PrimaryKeyConstraint("approval_id", "person", name="pk_approval_persons"),
        sa.ForeignKeyConstraint(["approval_id"], ["approvals.id"], name="fk_approval_persons_approval_id"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "approval_groups",
        sa.Column("approval_id", BYTES, nullable=False),
        sa.Column("key", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("approval_id", "key", name="pk_approval_groups"),
        sa.ForeignKeyConstraint(["approval_id"], ["approvals.id"], name="fk_approval_groups_approval_id"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
