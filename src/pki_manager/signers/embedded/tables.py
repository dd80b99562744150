"""The two tables of a keystore: its header of one row, and its records."""

from __future__ import annotations

import sqlalchemy as sa

FORMAT = 1

metadata = sa.MetaData()

header = sa.Table(
    "header",
    metadata,
    sa.Column("id", sa.Integer, sa.CheckConstraint("id = 1"), primary_key=True),
    sa.Column("format", sa.Integer, nullable=False),
    sa.Column("salt", sa.LargeBinary, nullable=False),
    sa.Column("argon2_memory_kib", sa.Integer, nullable=False),
    sa.Column("argon2_iterations", sa.Integer, nullable=False),
    sa.Column("argon2_lanes", sa.Integer, nullable=False),
    sa.Column("check_nonce", sa.LargeBinary, nullable=False),
    sa.Column("check_sealed", sa.LargeBinary, nullable=False),
    sqlite_strict=True,
)

records = sa.Table(
    "records",
    metadata,
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("key_type", sa.Text, nullable=False),
    sa.Column("spki", sa.LargeBinary, nullable=False),
    sa.Column("nonce", sa.LargeBinary, nullable=False),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    sa.Column("created_at", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
    sqlite_strict=True,
)
