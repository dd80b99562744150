"""The tables, for both engines. A change needs a migration.

Those of people, rights, requests, jobs and the audit trail have files of their own. Ids are UUIDv7, so `ORDER BY id`
is creation order and every list pages by it.
"""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, PrimaryKeyConstraint, UniqueConstraint, text

from pki_manager.storage.tables.columns import of_queue
from pki_manager.storage.tables.columns import optional as _optional
from pki_manager.storage.tables.columns import required as _required
from pki_manager.storage.tables.columns import table as _table
from pki_manager.storage.tables.types import Bytes, Id, Integer, Moment, Serial, Text

meta = _table("meta", Column("key", Text, primary_key=True), _required("value", Text))

cas = _table(
    "cas",
    Column("id", Id, primary_key=True),
    _required("name", Text),
    _required("subject", Text),
    _required("subject_der", Bytes),
    _optional("parent_id", Id, ForeignKey("cas.id")),
    _required("state", Text),
    _optional("path_length", Integer),
    _required("name_constraints", Text),
    _optional("not_before", Moment),
    _optional("not_after", Moment),
    _required("created_at", Moment),
    _optional("owner_id", Text),
    _optional("team_id", Id),
    _optional("policies", Text),
    _required("end_entity_certificates", Integer),
    UniqueConstraint("name"),
)

issuer_keys = _table(
    "issuer_keys",
    Column("id", Id, primary_key=True),
    _required("ca_id", Id, ForeignKey("cas.id")),
    _required("number", Integer),
    _required("backend", Text),
    _required("backend_key_id", Text),
    _required("key_type", Text),
    _required("signature_algorithm", Text),
    _required("state", Text),
    _required("spki_der", Bytes),
    _required("spki_sha256", Bytes),
    _required("subject_key_identifier", Bytes),
    _required("name_hash_sha1", Bytes),
    _required("name_hash_sha256", Bytes),
    _required("key_hash_sha1", Bytes),
    _required("key_hash_sha256", Bytes),
    _required("ocsp_key_id", Text),
    _required("crl_url", Text),
    _required("ocsp_url", Text),
    _required("certificate_url", Text),
    _required("crl_number", Integer),
    _required("created_at", Moment),
    # Of a next key: when it takes over, and whether it and the current one certify each other before.
    _optional("switch_at", Moment),
    _required("cross_certify", Integer),
    _required("crl_shards", Integer),
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

certificates = _table(
    "certificates",
    Column("id", Id, primary_key=True),
    _required("ca_id", Id, ForeignKey("cas.id")),
    _required("issuer_key_id", Id, ForeignKey("issuer_keys.id")),
    _optional("subject_key_id", Id, ForeignKey("issuer_keys.id")),
    _required("kind", Text),
    _required("profile", Text),
    _required("profile_version", Integer),
    _required("serial", Serial),
    _required("issuer_name_sha256", Bytes),
    _required("subject", Text),
    _required("sans", Text),
    _required("not_before", Moment),
    _required("not_after", Moment),
    _required("key_type", Text),
    _required("spki_sha256", Bytes),
    _required("fingerprint_sha256", Bytes),
    _required("der", Bytes),
    _required("requested_by", Text),
    _optional("owner_id", Text),
    _optional("team_id", Id),
    _optional("renews", Id),
    _required("plan_sha256", Bytes),
    _required("lint_version", Text),
    _required("created_at", Moment),
    # "", "held" or "revoked": what `revocations` says, copied so that lists by state have an index.
    _required("standing", Text),
    _required("ignored_extensions", Text),
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

certificate_names = _table(
    "certificate_names",
    _required("certificate_id", Id, ForeignKey("certificates.id")),
    _required("kind", Text),
    _required("value", Text),
    _required("reversed", Text),
    PrimaryKeyConstraint("certificate_id", "kind", "value"),
    Index(None, "value", "certificate_id"),
    Index(None, "reversed", "certificate_id"),
    rowid=False,
)

enrollments = _table(
    "enrolments",
    Column("id", Id, primary_key=True),
    _required("state", Text),
    _required("ca_id", Id, ForeignKey("cas.id")),
    _required("profile", Text),
    _required("profile_version", Integer),
    _required("plan_json", Bytes),
    _required("plan_sha256", Bytes),
    _required("requested_by", Text),
    _required("via", Text),
    _optional("owner_id", Text),
    _optional("team_id", Id),
    _required("created_at", Moment),
    _required("changed_at", Moment),
    _optional("serial", Serial),
    _optional("issuer_key_id", Id, ForeignKey("issuer_keys.id")),
    _optional("tbs_der", Bytes),
    _optional("signature_algorithm", Text),
    _optional("lint_version", Text),
    _optional("node", Text),
    _optional("deadline", Moment),
    # No foreign key: an enrolment is settled, which happens once only, before its certificate is added.
    _optional("certificate_id", Id),
    _optional("reason", Text),
    _optional("renews", Id),
    # The queue: what was asked for. NULL for what was issued at once, which its indexes leave out.
    _optional("application", Text),
    _optional("risks", Text),
    _optional("requester_name", Text),
    _optional("expires_at", Moment),
    _optional("approval_id", Id),
    UniqueConstraint("serial", "issuer_key_id"),
    Index(None, "state", "deadline"),
    of_queue("ix_enrolments_queue", "id"),
    of_queue("ix_enrolments_queue_state", "state", "id"),
    of_queue("ix_enrolments_queue_ca", "ca_id", "id"),
    of_queue("ix_enrolments_queue_profile", "profile", "id"),
    of_queue("ix_enrolments_queue_owner", "owner_id", "id"),
    of_queue("ix_enrolments_queue_team", "team_id", "id"),
    of_queue("ix_enrolments_queue_expiry", "state", "expires_at"),
)

revocations = _table(
    "revocations",
    _required("issuer_key_id", Id, ForeignKey("issuer_keys.id")),
    _required("serial", Serial),
    _optional("certificate_id", Id, ForeignKey("certificates.id")),
    _required("reason", Text),
    _required("time", Moment),
    _optional("invalidity_date", Moment),
    _required("not_after", Moment),
    # 1 once a CRL issued past `not_after` has carried the entry: later CRLs leave it out (RFC 5280 §3.3).
    _required("dropped", Integer),
    # When the entry came or was last changed: what delta CRLs go by.
    _required("changed_at", Moment),
    _required("entry_der", Bytes),
    # Of a key whose CRL is divided: which part lists the entry.
    _optional("shard", Integer),
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
releases = _table(
    "releases",
    _required("issuer_key_id", Id, ForeignKey("issuer_keys.id")),
    _required("serial", Serial),
    _required("time", Moment),
    PrimaryKeyConstraint("issuer_key_id", "serial"),
    rowid=False,
)

blocked_keys = _table(
    "blocked_keys",
    Column("id", Id, primary_key=True),
    _required("spki_sha256", Bytes),
    _required("reason", Text),
    _required("comment", Text),
    _required("blocked_by", Text),
    _required("blocked_at", Moment),
    _optional("certificate_id", Id, ForeignKey("certificates.id")),
    _optional("unblocked_at", Moment),
    Index(
        "uq_blocked_keys_in_force",
        "spki_sha256",
        unique=True,
        sqlite_where=text("unblocked_at IS NULL"),
        postgresql_where=text("unblocked_at IS NULL"),
    ),
)

crls = _table(
    "crls",
    Column("id", Id, primary_key=True),
    _required("issuer_key_id", Id, ForeignKey("issuer_keys.id")),
    _required("number", Integer),
    # BaseCRLNumber of a delta CRL.
    _optional("base_number", Integer),
    _required("this_update", Moment),
    _required("next_update", Moment),
    _required("entries", Integer),
    _required("der", Bytes),
    _required("created_at", Moment),
    # Which part of a divided CRL it is; NULL for one that lists everything.
    _optional("shard", Integer),
    UniqueConstraint("issuer_key_id", "number"),
    Index(None, "issuer_key_id", "id"),
    Index(None, "issuer_key_id", "shard", "base_number", "number"),
)

profiles = _table(
    "profiles",
    _required("name", Text),
    _required("version", Integer),
    _required("body", Text),
    _required("state", Text),
    _required("created_at", Moment),
    PrimaryKeyConstraint("name", "version"),
    rowid=False,
)

_UNLIMITED = '{"cas":null,"profiles":null,"names":null,"reach":"all"}'

tokens = _table(
    "tokens",
    Column("id", Id, primary_key=True),
    _required("token_sha256", Bytes),
    _required("name", Text),
    _required("prefix", Text),
    _required("role", Text),
    _required("created_by", Text),
    _required("created_at", Moment),
    _required("expires_at", Moment),
    _optional("revoked_at", Moment),
    _optional("last_used_at", Moment),
    _optional("owner_id", Text),
    _optional("team_id", Id),
    _optional("permissions", Text),
    Column("scope", Text, nullable=False, server_default=_UNLIMITED),
    # The secret before the last rotation, and until when it works.
    _optional("old_sha256", Bytes),
    _optional("old_until", Moment),
    # Actor ids, as JSON.
    _optional("rotated_by", Text),
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

idempotency = _table(
    "idempotency",
    _required("actor_id", Text),
    _required("operation", Text),
    _required("key", Text),
    _required("body_sha256", Bytes),
    _required("object_id", Id),
    _required("created_at", Moment),
    PrimaryKeyConstraint("actor_id", "operation", "key"),
    Index(None, "object_id"),
    Index(None, "created_at"),
    rowid=False,
)

DIRECTORY = frozenset({cas, issuer_keys, profiles, blocked_keys})
"""What issuing reads, and judges by: a change of these, and of the authorities' own certificates (of CAs and of OCSP

signers), raises the directory's revision.
"""
