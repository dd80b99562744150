"""The tables of linked accounts of identity providers."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, PrimaryKeyConstraint, UniqueConstraint

from pki_manager.storage.tables.columns import optional, required, table
from pki_manager.storage.tables.types import Bytes, Id, Integer, Moment, Text

identities = table(
    "identities",
    Column("id", Id, primary_key=True),
    required("user_id", Id, ForeignKey("users.id")),
    required("issuer", Text),
    required("subject", Text),
    # Whether the provider's rules created the user, and whether they disabled the account.
    required("by_rules", Integer),
    required("suspended", Integer),
    required("created_at", Moment),
    optional("last_used_at", Moment),
    UniqueConstraint("issuer", "subject"),
    Index(None, "user_id", "id"),
)

identity_grants = table(
    "identity_grants",
    required("identity_id", Id, ForeignKey("identities.id")),
    required("kind", Text),
    required("name", Text),
    PrimaryKeyConstraint("identity_id", "kind", "name"),
    rowid=False,
)

oidc_flows = table(
    "oidc_flows",
    # Of what the browser holds; state, nonce and PKCE verifier are derived from that, and so are not here.
    Column("secret_sha256", Bytes, primary_key=True),
    required("provider", Text),
    required("purpose", Text),
    optional("session_id", Id),
    optional("invitation_sha256", Bytes),
    required("begun_at", Moment),
    required("expires_at", Moment),
    Index(None, "expires_at"),
    rowid=False,
)
