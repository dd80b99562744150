"""The first schema."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261124_first_schema"
down_revision = None

INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
BYTES = sa.LargeBinary()


def upgrade() -> None:
    _meta()
    _cas()
    _issuer_keys()
    _certificates()
    _certificates_indexes()
    _certificate_names()
    _enrolments()
    _revocations()
    _crls()
    _profiles()
    _jobs()
    _tokens()
    _idempotency()
    _audit_events()
    _audit_heads()


def _meta() -> None:
    op.create_table(
        "meta",
        sa.Column("key", TEXT, nullable=False),
        sa.Column("value", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_meta"),
        sqlite_strict=True,
    )


def _cas() -> None:
    op.create_table(
        "cas",
        sa.Column("id", BYTES, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("subject", TEXT, nullable=False),
        sa.Column("subject_der", BYTES, nullable=False),
        sa.Column("parent_id", BYTES, nullable=True),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("path_length", INTEGER, nullable=True),
        sa.Column("name_constraints", TEXT, nullable=False),
        sa.Column("not_before", INTEGER, nullable=True),
        sa.Column("not_after", INTEGER, nullable=True),
        sa.Column("created_at", INTEGER, nullable=False),
        sa.Column("owner_id", TEXT, nullable=True),
        sa.Column("team_id", BYTES, nullable=True),
        sa.ForeignKeyConstraint(["parent_id"], ["cas.id"], name="fk_cas_parent_id"),
        sa.PrimaryKeyConstraint("id", name="pk_cas"),
        sa.UniqueConstraint("name", name="uq_cas_name"),
        sqlite_strict=True,
    )


def _issuer_keys() -> None:
    op.create_table(
        "issuer_keys",
        sa.Column("id", BYTES, nullable=False),
        sa.Column("ca_id", BYTES, nullable=False),
        sa.Column("number", INTEGER, nullable=False),
        sa.Column("backend", TEXT, nullable=False),
        sa.Column("backend_key_id", TEXT, nullable=False),
        sa.Column("key_type", TEXT, nullable=False),
        sa.Column("signature_algorithm", TEXT, nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("spki_der", BYTES, nullable=False),
        sa.Column("spki_sha256", BYTES, nullable=False),
        sa.Column("subject_key_identifier", BYTES, nullable=False),
        sa.Column("name_hash_sha1", BYTES, nullable=False),
        sa.Column("name_hash_sha256", BYTES, nullable=False),
        sa.Column("key_hash_sha1", BYTES, nullable=False),
        sa.Column("key_hash_sha256", BYTES, nullable=False),
        sa.Column("ocsp_key_id", TEXT, nullable=False),
        sa.Column("crl_url", TEXT, nullable=False),
        sa.Column("ocsp_url", TEXT, nullable=False),
        sa.Column("certificate_url", TEXT, nullable=False),
        sa.Column("crl_number", INTEGER, nullable=False),
        sa.Column("created_at", INTEGER, nullable=False),
        sa.ForeignKeyConstraint(["ca_id"], ["cas.id"], name="fk_issuer_keys_ca_id"),
        sa.PrimaryKeyConstraint("id", name="pk_issuer_keys"),
        sa.UniqueConstraint("backend", "backend_key_id", name="uq_issuer_keys_backend_backend_key_id"),
        sa.UniqueConstraint("ca_id", "number", name="uq_issuer_keys_ca_id_number"),
        sa.UniqueConstraint("spki_sha256", name="uq_issuer_keys_spki_sha256"),
        sqlite_strict=True,
    )
    op.create_index(
        "uq_issuer_keys_current",
        "issuer_keys",
        ["ca_id"],
        unique=True,
        sqlite_where=sa.text("state = 'current'"),
        postgresql_where=sa.text("state = 'current'"),
    )


def _certificates() -> None:
    op.create_table(
        "certificates",
        sa.Column("id", BYTES, nullable=False),
        sa.Column("ca_id", BYTES, nullable=False),
        sa.Column("issuer_key_id", BYTES, nullable=False),
        sa.Column("subject_key_id", BYTES, nullable=True),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("profile", TEXT, nullable=False),
        sa.Column("profile_version", INTEGER, nullable=False),
        sa.Column("serial", BYTES, nullable=False),
        sa.Column("issuer_name_sha256", BYTES, nullable=False),
        sa.Column("subject", TEXT, nullable=False),
        sa.Column("sans", TEXT, nullable=False),
        sa.Column("not_before", INTEGER, nullable=False),
        sa.Column("not_after", INTEGER, nullable=False),
        sa.Column("key_type", TEXT, nullable=False),
        sa.Column("spki_sha256", BYTES, nullable=False),
        sa.Column("fingerprint_sha256", BYTES, nullable=False),
        sa.Column("der", BYTES, nullable=False),
        sa.Column("requested_by", TEXT, nullable=False),
        sa.Column("owner_id", TEXT, nullable=True),
        sa.Column("team_id", BYTES, nullable=True),
        sa.Column("renews", BYTES, nullable=True),
        sa.Column("plan_sha256", BYTES, nullable=False),
        sa.Column("lint_version", TEXT, nullable=False),
        sa.Column("created_at", INTEGER, nullable=False),
        sa.Column("standing", TEXT, nullable=False),
        sa.ForeignKeyConstraint(["ca_id"], ["cas.id"], name="fk_certificates_ca_id"),
        sa.ForeignKeyConstraint(["issuer_key_id"], ["issuer_keys.id"], name="fk_certificates_issuer_key_id"),
        sa.ForeignKeyConstraint(["subject_key_id"], ["issuer_keys.id"], name="fk_certificates_subject_key_id"),
        sa.PrimaryKeyConstraint("id", name="pk_certificates"),
        sa.UniqueConstraint("fingerprint_sha256", name="uq_certificates_fingerprint_sha256"),
        sa.UniqueConstraint("issuer_key_id", "serial", name="uq_certificates_issuer_key_id_serial"),
        sa.UniqueConstraint("serial", "issuer_name_sha256", name="uq_certificates_serial_issuer_name_sha256"),
        sqlite_strict=True,
    )


def _certificates_indexes() -> None:
    op.create_index("ix_certificates_ca", "certificates", ["ca_id", "id", "standing", "not_after", "profile"])
    op.create_index("ix_certificates_issuer_key_id_id", "certificates", ["issuer_key_id", "id"])
    op.create_index("ix_certificates_profile", "certificates", ["profile", "id", "standing", "not_after"])
    op.create_index(
        "ix_certificates_requested_by_ca_id_profile_id", "certificates", ["requested_by", "ca_id", "profile", "id"]
    )
    op.create_index("ix_certificates_spki_sha256", "certificates", ["spki_sha256"])
    op.create_index("ix_certificates_standing_id_not_after", "certificates", ["standing", "id", "not_after"])
    op.create_index("ix_certificates_standing_not_after_id", "certificates", ["standing", "not_after", "id"])
    op.create_index(
        "ix_certificates_subject_key_id_id",
        "certificates",
        ["subject_key_id", "id"],
        sqlite_where=sa.text("subject_key_id IS NOT NULL"),
        postgresql_where=sa.text("subject_key_id IS NOT NULL"),
    )


def _certificate_names() -> None:
    op.create_table(
        "certificate_names",
        sa.Column("certificate_id", BYTES, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("value", TEXT, nullable=False),
        sa.Column("reversed", TEXT, nullable=False),
        sa.ForeignKeyConstraint(["certificate_id"], ["certificates.id"], name="fk_certificate_names_certificate_id"),
        sa.PrimaryKeyConstraint("certificate_id", "kind", "value", name="pk_certificate_names"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_certificate_names_reversed_certificate_id", "certificate_names", ["reversed", "certificate_id"])
    op.create_index("ix_certificate_names_value_certificate_id", "certificate_names", ["value", "certificate_id"])


def _enrolments() -> None:
    op.create_table(
        "enrolments",
        sa.Column("id", BYTES, nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("ca_id", BYTES, nullable=False),
        sa.Column("profile", TEXT, nullable=False),
        sa.Column("profile_version", INTEGER, nullable=False),
        sa.Column("plan_json", BYTES, nullable=False),
        sa.Column("plan_sha256", BYTES, nullable=False),
        sa.Column("requested_by", TEXT, nullable=False),
        sa.Column("via", TEXT, nullable=False),
        sa.Column("owner_id", TEXT, nullable=True),
        sa.Column("team_id", BYTES, nullable=True),
        sa.Column("created_at", INTEGER, nullable=False),
        sa.Column("changed_at", INTEGER, nullable=False),
        sa.Column("serial", BYTES, nullable=True),
        sa.Column("issuer_key_id", BYTES, nullable=True),
        sa.Column("tbs_der", BYTES, nullable=True),
        sa.Column("signature_algorithm", TEXT, nullable=True),
        sa.Column("lint_version", TEXT, nullable=True),
        sa.Column("node", TEXT, nullable=True),
        sa.Column("deadline", INTEGER, nullable=True),
        sa.Column("certificate_id", BYTES, nullable=True),
        sa.Column("reason", TEXT, nullable=True),
        sa.ForeignKeyConstraint(["ca_id"], ["cas.id"], name="fk_enrolments_ca_id"),
        sa.ForeignKeyConstraint(["issuer_key_id"], ["issuer_keys.id"], name="fk_enrolments_issuer_key_id"),
        sa.PrimaryKeyConstraint("id", name="pk_enrolments"),
        sa.UniqueConstraint("serial", "issuer_key_id", name="uq_enrolments_serial_issuer_key_id"),
        sqlite_strict=True,
    )
    op.create_index("ix_enrolments_state_deadline", "enrolments", ["state", "deadline"])


def _revocations() -> None:
    op.create_table(
        "revocations",
        sa.Column("issuer_key_id", BYTES, nullable=False),
        sa.Column("serial", BYTES, nullable=False),
        sa.Column("certificate_id", BYTES, nullable=True),
        sa.Column("reason", TEXT, nullable=False),
        sa.Column("time", INTEGER, nullable=False),
        sa.Column("invalidity_date", INTEGER, nullable=True),
        sa.Column("not_after", INTEGER, nullable=False),
        sa.Column("dropped", INTEGER, nullable=False),
        sa.ForeignKeyConstraint(["certificate_id"], ["certificates.id"], name="fk_revocations_certificate_id"),
        sa.ForeignKeyConstraint(["issuer_key_id"], ["issuer_keys.id"], name="fk_revocations_issuer_key_id"),
        sa.PrimaryKeyConstraint("issuer_key_id", "serial", name="pk_revocations"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_revocations_certificate_id", "revocations", ["certificate_id"])
    op.create_index(
        "ix_revocations_issuer_key_id_dropped_not_after", "revocations", ["issuer_key_id", "dropped", "not_after"]
    )


def _crls() -> None:
    op.create_table(
        "crls",
        sa.Column("id", BYTES, nullable=False),
        sa.Column("issuer_key_id", BYTES, nullable=False),
        sa.Column("number", INTEGER, nullable=False),
        sa.Column("this_update", INTEGER, nullable=False),
        sa.Column("next_update", INTEGER, nullable=False),
        sa.Column("entries", INTEGER, nullable=False),
        sa.Column("der", BYTES, nullable=False),
        sa.Column("created_at", INTEGER, nullable=False),
        sa.ForeignKeyConstraint(["issuer_key_id"], ["issuer_keys.id"], name="fk_crls_issuer_key_id"),
        sa.PrimaryKeyConstraint("id", name="pk_crls"),
        sa.UniqueConstraint("issuer_key_id", "number", name="uq_crls_issuer_key_id_number"),
        sqlite_strict=True,
    )
    op.create_index("ix_crls_issuer_key_id_id", "crls", ["issuer_key_id", "id"])


def _profiles() -> None:
    op.create_table(
        "profiles",
        sa.Column("name", TEXT, nullable=False),
        sa.Column("version", INTEGER, nullable=False),
        sa.Column("body", TEXT, nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("created_at", INTEGER, nullable=False),
        sa.PrimaryKeyConstraint("name", "version", name="pk_profiles"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )


def _jobs() -> None:
    op.create_table(
        "jobs",
        sa.Column("id", BYTES, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("payload", TEXT, nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("run_at", INTEGER, nullable=False),
        sa.Column("tries", INTEGER, nullable=False),
        sa.Column("last_error", TEXT, nullable=True),
        sa.Column("created_at", INTEGER, nullable=False),
        sa.Column("changed_at", INTEGER, nullable=False),
        sa.Column("lease_until", INTEGER, nullable=True),
        sa.Column("coalesce", TEXT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_jobs"),
        sqlite_strict=True,
    )
    op.create_index(
        "ix_jobs_queued_coalesce",
        "jobs",
        ["coalesce"],
        sqlite_where=sa.text("state = 'queued'"),
        postgresql_where=sa.text("state = 'queued'"),
    )
    op.create_index("ix_jobs_state_id", "jobs", ["state", "id"])
    op.create_index("ix_jobs_state_run_at_id", "jobs", ["state", "run_at", "id"])


def _tokens() -> None:
    op.create_table(
        "tokens",
        sa.Column("id", BYTES, nullable=False),
        sa.Column("token_sha256", BYTES, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("prefix", TEXT, nullable=False),
        sa.Column("role", TEXT, nullable=False),
        sa.Column("created_by", TEXT, nullable=False),
        sa.Column("created_at", INTEGER, nullable=False),
        sa.Column("expires_at", INTEGER, nullable=False),
        sa.Column("revoked_at", INTEGER, nullable=True),
        sa.Column("last_used_at", INTEGER, nullable=True),
        sa.Column("owner_id", TEXT, nullable=True),
        sa.Column("team_id", BYTES, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_tokens"),
        sa.UniqueConstraint("token_sha256", name="uq_tokens_token_sha256"),
        sqlite_strict=True,
    )


def _idempotency() -> None:
    op.create_table(
        "idempotency",
        sa.Column("actor_id", TEXT, nullable=False),
        sa.Column("operation", TEXT, nullable=False),
        sa.Column("key", TEXT, nullable=False),
        sa.Column("body_sha256", BYTES, nullable=False),
        sa.Column("object_id", BYTES, nullable=False),
        sa.Column("created_at", INTEGER, nullable=False),
        sa.PrimaryKeyConstraint("actor_id", "operation", "key", name="pk_idempotency"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_idempotency_created_at", "idempotency", ["created_at"])
    op.create_index("ix_idempotency_object_id", "idempotency", ["object_id"])


def _audit_events() -> None:
    op.create_table(
        "audit_events",
        sa.Column("chain", TEXT, nullable=False),
        sa.Column("seq", INTEGER, nullable=False),
        sa.Column("segment", INTEGER, nullable=False),
        sa.Column("body", BYTES, nullable=False),
        sa.Column("hash", BYTES, nullable=False),
        sa.Column("mac", BYTES, nullable=False),
        sa.Column("time", INTEGER, nullable=False),
        sa.Column("action", TEXT, nullable=False),
        sa.Column("actor", TEXT, nullable=False),
        sa.Column("object_kind", TEXT, nullable=False),
        sa.Column("object_id", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("chain", "seq", name="pk_audit_events"),
        sqlite_strict=True,
    )
    op.create_index("ix_audit_events_action_time", "audit_events", ["action", "time"])
    op.create_index("ix_audit_events_actor_time", "audit_events", ["actor", "time"])
    op.create_index("ix_audit_events_object_id_time", "audit_events", ["object_id", "time"])
    op.create_index("ix_audit_events_time_chain_seq", "audit_events", ["time", "chain", "seq"])


def _audit_heads() -> None:
    op.create_table(
        "audit_heads",
        sa.Column("chain", TEXT, nullable=False),
        sa.Column("seq", INTEGER, nullable=False),
        sa.Column("hash", BYTES, nullable=False),
        sa.PrimaryKeyConstraint("chain", name="pk_audit_heads"),
        sqlite_strict=True,
    )
