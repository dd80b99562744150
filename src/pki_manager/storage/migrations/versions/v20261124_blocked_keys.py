"""Blocked keys: those of certificates revoked for a compromise, and those that operators name."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261124_blocked_keys"
down_revision = "20261124_crl_heads"

INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
BYTES = sa.LargeBinary()
IN_FORCE = sa.text("unblocked_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "blocked_keys",
        sa.Column("id", BYTES, nullable=False),
        sa.Column("spki_sha256", BYTES, nullable=False),
        sa.Column("reason", TEXT, nullable=False),
        sa.Column("comment", TEXT, nullable=False),
        sa.Column("blocked_by", TEXT, nullable=False),
        sa.Column("blocked_at", INTEGER, nullable=False),
        sa.Column("certificate_id", BYTES, nullable=True),
        sa.Column("unblocked_at", INTEGER, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_blocked_keys"),
        sa.ForeignKeyConstraint(["certificate_id"], ["certificates.id"], name="fk_blocked_keys_certificate_id"),
        sqlite_strict=True,
    )
    op.create_index(
        "uq_blocked_keys_in_force",
        "blocked_keys",
        ["spki_sha256"],
        unique=True,
        sqlite_where=IN_FORCE,
        postgresql_where=IN_FORCE,
    )
    # Each key once, by the certificate that was issued first; a certificate's id serves as that of its block.
    op.execute(
        "INSERT INTO blocked_keys (id, spki_sha256, reason, comment, blocked_by, blocked_at, certificate_id)"
        " SELECT c.id, c.spki_sha256, 'compromised', '', 'system:upgrade', r.time, c.id"
        " FROM certificates c JOIN revocations r ON r.certificate_id = c.id"
        " WHERE r.reason IN ('keyCompromise', 'cACompromise') AND NOT EXISTS ("
        "   SELECT 1 FROM certificates e JOIN revocations s ON s.certificate_id = e.id"
        "   WHERE s.reason IN ('keyCompromise', 'cACompromise') AND e.spki_sha256 = c.spki_sha256 AND e.id < c.id)"
    )
    op.drop_index("ix_certificates_spki_sha256", table_name="certificates")
    op.create_index("ix_certificates_spki_sha256_owner_id", "certificates", ["spki_sha256", "owner_id"])
