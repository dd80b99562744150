"""The tables of ACME objects."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, PrimaryKeyConstraint, UniqueConstraint, text

from pki_manager.storage.tables.columns import optional, required, table
from pki_manager.storage.tables.types import Bytes, Id, Integer, Moment, Text

# External account keys, sealed. One a token, and the token says what its accounts may do.
acme_keys = table(
    "acme_keys",
    Column("token_id", Id, ForeignKey("tokens.id"), primary_key=True),
    required("sealed", Bytes),
    # Whether accounts that come without a binding act as this token.
    required("is_open", Integer),
    rowid=False,
)

acme_accounts = table(
    "acme_accounts",
    Column("id", Id, primary_key=True),
    required("token_id", Id, ForeignKey("tokens.id")),
    required("jwk", Text),
    required("thumbprint", Bytes),
    required("state", Text),
    # As JSON.
    required("contacts", Text),
    required("created_at", Moment),
    required("changed_at", Moment),
    UniqueConstraint("thumbprint"),
    Index(None, "token_id", "id"),
)

acme_orders = table(
    "acme_orders",
    Column("id", Id, primary_key=True),
    required("account_id", Id, ForeignKey("acme_accounts.id")),
    required("ca_id", Id, ForeignKey("cas.id")),
    required("profile", Text),
    # As JSON: pairs of kind and value.
    required("identifiers", Text),
    optional("not_before", Moment),
    optional("not_after", Moment),
    required("created_at", Moment),
    required("expires_at", Moment),
    # No foreign key: rows of enrollments are written together, after those of their neighbours.
    optional("enrolment_id", Id),
    optional("replaces", Id, ForeignKey("certificates.id")),
    Index(None, "account_id", "id"),
    Index(
        "ix_acme_orders_open",
        "account_id",
        "expires_at",
        sqlite_where=text("enrolment_id IS NULL"),
        postgresql_where=text("enrolment_id IS NULL"),
    ),
    Index(
        "ix_acme_orders_abandoned",
        "expires_at",
        sqlite_where=text("enrolment_id IS NULL"),
        postgresql_where=text("enrolment_id IS NULL"),
    ),
    Index(
        "uq_acme_orders_enrolment_id",
        "enrolment_id",
        unique=True,
        sqlite_where=text("enrolment_id IS NOT NULL"),
        postgresql_where=text("enrolment_id IS NOT NULL"),
    ),
    Index(
        "ix_acme_orders_replaces",
        "replaces",
        sqlite_where=text("replaces IS NOT NULL"),
        postgresql_where=text("replaces IS NOT NULL"),
    ),
)

acme_authorizations = table(
    "acme_authorizations",
    Column("id", Id, primary_key=True),
    required("account_id", Id, ForeignKey("acme_accounts.id")),
    required("kind", Text),
    # Of a wildcard with its `*.`.
    required("value", Text),
    required("state", Text),
    required("created_at", Moment),
    required("expires_at", Moment),
    optional("validated_at", Moment),
    # Whether the EAB key of the account is the reason why it is valid.
    required("pre_authorized", Integer),
    Index(None, "account_id", "value", "state"),
    Index(None, "expires_at"),
)

acme_order_authorizations = table(
    "acme_order_authorizations",
    required("order_id", Id, ForeignKey("acme_orders.id")),
    required("place", Integer),
    required("authorization_id", Id, ForeignKey("acme_authorizations.id")),
    PrimaryKeyConstraint("order_id", "place"),
    Index(None, "authorization_id"),
    rowid=False,
)

acme_challenges = table(
    "acme_challenges",
    Column("id", Id, primary_key=True),
    required("authorization_id", Id, ForeignKey("acme_authorizations.id")),
    required("kind", Text),
    required("token", Text),
    required("state", Text),
    optional("validated_at", Moment),
    optional("problem_kind", Text),
    optional("problem_detail", Text),
    Index(None, "authorization_id"),
)

# Nonces that were used, until they would not be taken anyway.
acme_nonces = table(
    "acme_nonces",
    Column("nonce_sha256", Bytes, primary_key=True),
    required("expires_at", Moment),
    Index(None, "expires_at"),
    rowid=False,
)
