"""The tables of CAs, certificates, CRLs, and profiles, for both engines. A change needs a migration.

IDs are UUIDv7, so `ORDER BY id` is the order of creation, and every list is paged by it.
"""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, PrimaryKeyConstraint, UniqueConstraint, text

from pki_manager.storage.tables.columns import make_queue_index, optional, required, table
from pki_manager.storage.tables.types import Bytes, Id, Integer, Moment, Serial, Text

meta = table("meta", Column("key", Text, primary_key=True), required("value", Text))

cas = table(
    "cas",
    Column("id", Id, primary_key=True),
    required("name", Text),
    required("subject", Text),
    required("subject_der", Bytes),
    optional("parent_id", Id, ForeignKey("cas.id")),
    required("state", Text),
    optional("path_length", Integer),
    required("name_constraints", Text),
    optional("not_before", Moment),
    optional("not_after", Moment),
    required("created_at", Moment),
    optional("owner_id", Text),
    optional("team_id", Id),
    optional("policies", Text),
    required("end_entity_certificates", Integer),
    UniqueConstraint("name"),
)

issuer_keys = table(
    "issuer_keys",
    Column("id", Id, primary_key=True),
    required("ca_id", Id, ForeignKey("cas.id")),
    required("number", Integer),
    required("backend", Text),
    required("backend_key_id", Text),
    required("key_type", Text),
    required("signature_algorithm", Text),
    required("state", Text),
    required("spki_der", Bytes),
    required("spki_sha256", Bytes),
    required("subject_key_identifier", Bytes),
    required("name_hash_sha1", Bytes),
    required("name_hash_sha256", Bytes),
    required("key_hash_sha1", Bytes),
    required("key_hash_sha256", Bytes),
    required("ocsp_key_id", Text),
    required("crl_url", Text),
    required("ocsp_url", Text),
    required("certificate_url", Text),
    required("crl_number", Integer),
    required("created_at", Moment),
    # Of a next key: when it takes over, and whether it and the current one certify each other before.
    optional("switch_at", Moment),
    required("cross_certify", Integer),
    required("crl_shards", Integer),
    UniqueConstraint("ca_id", "number"),
    UniqueConstraint("spki_sha256"),
    UniqueConstraint("backend", "backend_key_id"),
    Index(
        "uq_issuer_keys_current",
        "ca_id",
        unique=True,
        sqlite_where=text("state = 'current'"),
        postgresql_where=text("state = 'current'"),
    ),
)

certificates = table(
    "certificates",
    Column("id", Id, primary_key=True),
    required("ca_id", Id, ForeignKey("cas.id")),
    required("issuer_key_id", Id, ForeignKey("issuer_keys.id")),
    optional("subject_key_id", Id, ForeignKey("issuer_keys.id")),
    required("kind", Text),
    required("profile", Text),
    required("profile_version", Integer),
    required("serial", Serial),
    required("issuer_name_sha256", Bytes),
    required("subject", Text),
    required("sans", Text),
    required("not_before", Moment),
    required("not_after", Moment),
    required("key_type", Text),
    required("spki_sha256", Bytes),
    required("fingerprint_sha256", Bytes),
    required("der", Bytes),
    required("requested_by", Text),
    optional("owner_id", Text),
    optional("team_id", Id),
    optional("renews", Id),
    required("plan_sha256", Bytes),
    required("lint_version", Text),
    required("created_at", Moment),
    # "", "held" or "revoked": what `revocations` says, copied so that lists by state have an index.
    required("standing", Text),
    required("ignored_extensions", Text),
    UniqueConstraint("serial", "issuer_name_sha256"),
    UniqueConstraint("issuer_key_id", "serial"),
    UniqueConstraint("fingerprint_sha256"),
    Index(None, "spki_sha256", "owner_id"),
    Index(
        "ix_certificates_team_id_id",
        "team_id",
        "id",
        sqlite_where=text("team_id IS NOT NULL"),
        postgresql_where=text("team_id IS NOT NULL"),
    ),
    # Lists: what they are ordered by, then what they are filtered by, so that skipping rows does not read them.
    Index("ix_certificates_issuer_key_id_id_not_after", "issuer_key_id", "id", "not_after", "standing"),
    Index("ix_certificates_owner_id_id", "owner_id", "id", "standing", "not_after"),
    Index("ix_certificates_ca", "ca_id", "id", "standing", "not_after", "profile"),
    Index("ix_certificates_profile", "profile", "id", "standing", "not_after"),
    Index(None, "requested_by", "ca_id", "profile", "id"),
    Index(None, "standing", "id", "not_after"),
    # With the key type, which is counted from here.
    Index("ix_certificates_standing_not_after_id", "standing", "not_after", "id", "key_type"),
    Index(
        "ix_certificates_renews_id",
        "renews",
        "id",
        sqlite_where=text("renews IS NOT NULL"),
        postgresql_where=text("renews IS NOT NULL"),
    ),
    Index(
        "ix_certificates_subject_key_id_id",
        "subject_key_id",
        "id",
        sqlite_where=text("subject_key_id IS NOT NULL"),
        postgresql_where=text("subject_key_id IS NOT NULL"),
    ),
)

certificate_names = table(
    "certificate_names",
    required("certificate_id", Id, ForeignKey("certificates.id")),
    required("kind", Text),
    required("value", Text),
    required("reversed", Text),
    PrimaryKeyConstraint("certificate_id", "kind", "value"),
    Index(None, "value", "certificate_id"),
    rowid=False,
)

enrollments = table(
    "enrolments",
    Column("id", Id, primary_key=True),
    required("state", Text),
    required("ca_id", Id, ForeignKey("cas.id")),
    required("profile", Text),
    required("profile_version", Integer),
    required("plan_json", Bytes),
    required("plan_sha256", Bytes),
    required("requested_by", Text),
    required("via", Text),
    optional("owner_id", Text),
    optional("team_id", Id),
    required("created_at", Moment),
    required("changed_at", Moment),
    optional("serial", Serial),
    optional("issuer_key_id", Id, ForeignKey("issuer_keys.id")),
    optional("tbs_der", Bytes),
    optional("signature_algorithm", Text),
    optional("lint_version", Text),
    optional("node", Text),
    optional("deadline", Moment),
    # No foreign key: an enrollment is settled, which happens once only, before its certificate is added.
    optional("certificate_id", Id),
    optional("reason", Text),
    optional("renews", Id),
    # The queue: what was asked for. NULL for what was issued at once, which its indexes leave out.
    optional("application", Text),
    optional("risks", Text),
    optional("requester_name", Text),
    optional("expires_at", Moment),
    optional("approval_id", Id),
    UniqueConstraint("serial", "issuer_key_id"),
    Index(None, "state", "deadline"),
    make_queue_index("ix_enrolments_queue", "id"),
    make_queue_index("ix_enrolments_queue_state", "state", "id"),
    make_queue_index("ix_enrolments_queue_ca", "ca_id", "id"),
    make_queue_index("ix_enrolments_queue_profile", "profile", "id"),
    make_queue_index("ix_enrolments_queue_owner", "owner_id", "id"),
    make_queue_index("ix_enrolments_queue_team", "team_id", "id"),
    make_queue_index("ix_enrolments_queue_expiry", "state", "expires_at"),
)

revocations = table(
    "revocations",
    required("issuer_key_id", Id, ForeignKey("issuer_keys.id")),
    required("serial", Serial),
    optional("certificate_id", Id, ForeignKey("certificates.id")),
    required("reason", Text),
    required("time", Moment),
    optional("invalidity_date", Moment),
    required("not_after", Moment),
    # 1 once a CRL issued past `not_after` has carried the entry: later CRLs leave it out (RFC 5280 §3.3).
    required("dropped", Integer),
    # When the entry came or was last changed: what delta CRLs go by.
    required("changed_at", Moment),
    required("entry_der", Bytes),
    # Of a key whose CRL is divided: which part lists the entry.
    optional("shard", Integer),
    PrimaryKeyConstraint("issuer_key_id", "serial"),
    # With all that a list needs: else SQLite would rather read everything that the key has revoked.
    Index(
        "ix_revocations_shard",
        "issuer_key_id",
        "shard",
        "serial",
        "dropped",
        "entry_der",
        sqlite_where=text("shard IS NOT NULL"),
        postgresql_where=text("shard IS NOT NULL"),
    ),
    Index(None, "issuer_key_id", "dropped", "not_after"),
    Index(None, "issuer_key_id", "changed_at"),
    Index(None, "certificate_id"),
    Index(None, "time", "reason", "certificate_id"),
    rowid=False,
)

# Holds that ended, until a full CRL has shown it.
releases = table(
    "releases",
    required("issuer_key_id", Id, ForeignKey("issuer_keys.id")),
    required("serial", Serial),
    required("time", Moment),
    PrimaryKeyConstraint("issuer_key_id", "serial"),
    rowid=False,
)

blocked_keys = table(
    "blocked_keys",
    Column("id", Id, primary_key=True),
    required("spki_sha256", Bytes),
    required("reason", Text),
    required("comment", Text),
    required("blocked_by", Text),
    required("blocked_at", Moment),
    optional("certificate_id", Id, ForeignKey("certificates.id")),
    optional("unblocked_at", Moment),
    Index(
        "uq_blocked_keys_in_force",
        "spki_sha256",
        unique=True,
        sqlite_where=text("unblocked_at IS NULL"),
        postgresql_where=text("unblocked_at IS NULL"),
    ),
)

crls = table(
    "crls",
    Column("id", Id, primary_key=True),
    required("issuer_key_id", Id, ForeignKey("issuer_keys.id")),
    required("number", Integer),
    # BaseCRLNumber of a delta CRL.
    optional("base_number", Integer),
    required("this_update", Moment),
    required("next_update", Moment),
    required("entries", Integer),
    required("der", Bytes),
    required("created_at", Moment),
    # Which part of a divided CRL it is; NULL for one that lists everything.
    optional("shard", Integer),
    UniqueConstraint("issuer_key_id", "number"),
    Index(None, "issuer_key_id", "id"),
    Index(None, "issuer_key_id", "shard", "base_number", "number"),
)

profiles = table(
    "profiles",
    required("name", Text),
    required("version", Integer),
    required("body", Text),
    required("state", Text),
    required("created_at", Moment),
    PrimaryKeyConstraint("name", "version"),
    rowid=False,
)

_UNLIMITED = '{"cas":null,"profiles":null,"names":null,"reach":"all"}'

tokens = table(
    "tokens",
    Column("id", Id, primary_key=True),
    required("token_sha256", Bytes),
    required("name", Text),
    required("prefix", Text),
    required("role", Text),
    required("created_by", Text),
    required("created_at", Moment),
    required("expires_at", Moment),
    optional("revoked_at", Moment),
    optional("last_used_at", Moment),
    optional("owner_id", Text),
    optional("team_id", Id),
    optional("permissions", Text),
    Column("scope", Text, nullable=False, server_default=_UNLIMITED),
    # The secret before the last rotation, and until when it works.
    optional("old_sha256", Bytes),
    optional("old_until", Moment),
    # Actor ids, as JSON.
    optional("rotated_by", Text),
    UniqueConstraint("token_sha256"),
    Index(
        "uq_tokens_old_sha256",
        "old_sha256",
        unique=True,
        sqlite_where=text("old_sha256 IS NOT NULL"),
        postgresql_where=text("old_sha256 IS NOT NULL"),
    ),
    Index(None, "owner_id", "id"),
    Index(
        "ix_tokens_team_id_id",
        "team_id",
        "id",
        sqlite_where=text("team_id IS NOT NULL"),
        postgresql_where=text("team_id IS NOT NULL"),
    ),
)

idempotency = table(
    "idempotency",
    required("actor_id", Text),
    required("operation", Text),
    required("key", Text),
    required("body_sha256", Bytes),
    required("object_id", Id),
    required("created_at", Moment),
    PrimaryKeyConstraint("actor_id", "operation", "key"),
    Index(None, "object_id"),
    Index(None, "created_at"),
    rowid=False,
)

DIRECTORY = frozenset({cas, issuer_keys, profiles, blocked_keys})
"""Tables that issuance reads.

A change in them, or in a certificate of a CA or an OCSP signer, raises the revision of the CA directory cache.
"""
