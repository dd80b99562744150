"""The tables of users, sessions, and sign-in limits."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, PrimaryKeyConstraint, UniqueConstraint, text

from pki_manager.storage.tables.columns import optional, required, table
from pki_manager.storage.tables.types import Bytes, Id, Integer, Moment, Text

users = table(
    "users",
    Column("id", Id, primary_key=True),
    required("login", Text),
    required("display_name", Text),
    optional("email", Text),
    required("state", Text),
    required("role", Text),
    # A PHC string, `$argon2id$…`.
    optional("password", Text),
    required("created_by", Text),
    required("created_at", Moment),
    optional("last_sign_in_at", Moment),
    # The identity provider whose rules made the user; None for who was made here.
    optional("origin", Text),
    UniqueConstraint("login"),
    Index(
        "ix_users_administrators",
        "id",
        sqlite_where=text("role = 'administrator' AND state = 'active'"),
        postgresql_where=text("role = 'administrator' AND state = 'active'"),
    ),
)

invitations = table(
    "invitations",
    Column("id", Id, primary_key=True),
    required("user_id", Id, ForeignKey("users.id")),
    required("secret_sha256", Bytes),
    required("created_by", Text),
    required("created_at", Moment),
    required("expires_at", Moment),
    # When it was used, or when a newer one took its place.
    optional("ended_at", Moment),
    UniqueConstraint("secret_sha256"),
    Index(None, "user_id"),
)

sessions = table(
    "sessions",
    Column("id", Id, primary_key=True),
    required("secret_sha256", Bytes),
    required("user_id", Id, ForeignKey("users.id")),
    required("stage", Text),
    required("method", Text),
    optional("peer", Text),
    required("agent", Text),
    required("created_at", Moment),
    required("authenticated_at", Moment),
    required("last_seen_at", Moment),
    required("ends_at", Moment),
    optional("revoked_at", Moment),
    # The identity provider's name (`sid`) for its own session that this one began in.
    optional("provider_session", Text),
    UniqueConstraint("secret_sha256"),
    Index(None, "user_id", "id"),
    Index(None, "user_id", "peer"),
    Index(
        "ix_sessions_provider_session",
        "provider_session",
        sqlite_where=text("provider_session IS NOT NULL"),
        postgresql_where=text("provider_session IS NOT NULL"),
    ),
    Index(None, "ends_at"),
)

throttle = table(
    "throttle",
    Column("key", Bytes, primary_key=True),
    required("failures", Integer),
    required("last_failure_at", Moment),
    required("blocked_until", Moment),
    Index(None, "last_failure_at"),
    rowid=False,
)

totp = table(
    "totp",
    Column("user_id", Id, ForeignKey("users.id"), primary_key=True),
    required("sealed", Bytes),
    required("last_step", Integer),
    # None until the first code has shown that the authenticator has the secret.
    optional("confirmed_at", Moment),
)

passkeys = table(
    "passkeys",
    Column("id", Id, primary_key=True),
    required("user_id", Id, ForeignKey("users.id")),
    required("credential_id", Bytes),
    required("public_key", Bytes),
    required("sign_count", Integer),
    required("name", Text),
    required("created_at", Moment),
    optional("last_used_at", Moment),
    UniqueConstraint("credential_id"),
    Index(None, "user_id", "id"),
)

recovery_codes = table(
    "recovery_codes",
    required("user_id", Id, ForeignKey("users.id")),
    required("code_hash", Bytes),
    PrimaryKeyConstraint("user_id", "code_hash"),
    rowid=False,
)

challenges = table(
    "challenges",
    Column("challenge_sha256", Bytes, primary_key=True),
    required("rite", Text),
    optional("user_id", Id, ForeignKey("users.id")),
    required("expires_at", Moment),
    Index(None, "expires_at"),
    rowid=False,
)
