"""The tables of custom roles, teams, and service accounts."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, PrimaryKeyConstraint, UniqueConstraint

from pki_manager.storage.tables.columns import optional, required, table
from pki_manager.storage.tables.types import Id, Integer, Moment, Text

roles = table(
    "roles",
    required("name", Text),
    required("version", Integer),
    required("description", Text),
    required("permissions", Text),
    required("scope", Text),
    required("state", Text),
    required("created_at", Moment),
    PrimaryKeyConstraint("name", "version"),
    rowid=False,
)

role_holders = table(
    "role_holders",
    required("user_id", Id, ForeignKey("users.id")),
    required("role", Text),
    PrimaryKeyConstraint("user_id", "role"),
    Index(None, "role", "user_id"),
    rowid=False,
)

teams = table(
    "teams",
    Column("id", Id, primary_key=True),
    required("name", Text),
    required("created_by", Text),
    required("created_at", Moment),
    UniqueConstraint("name"),
)

team_members = table(
    "team_members",
    required("user_id", Id, ForeignKey("users.id")),
    required("team_id", Id, ForeignKey("teams.id")),
    PrimaryKeyConstraint("user_id", "team_id"),
    Index(None, "team_id"),
    rowid=False,
)

service_accounts = table(
    "service_accounts",
    Column("id", Id, primary_key=True),
    required("name", Text),
    required("role", Text),
    optional("user_id", Id, ForeignKey("users.id")),
    optional("team_id", Id, ForeignKey("teams.id")),
    required("state", Text),
    required("created_by", Text),
    required("created_at", Moment),
    UniqueConstraint("name"),
)
