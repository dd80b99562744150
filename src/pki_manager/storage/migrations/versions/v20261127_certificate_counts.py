"""Counts of certificates. The worker counts those that exist already; until it has, they are counted when read."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "20261127_certificate_counts"
down_revision = "20261127_end_entities"

INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
BYTES = sa.LargeBinary()

_GROUP: dict[str, sa.types.TypeEngine[Any]] = {
    "issued_day": INTEGER,
    "ca_id": BYTES,
    "profile": TEXT,
    "key_type": TEXT,
    "owner_id": TEXT,
    "team_id": BYTES,
    "state": TEXT,
    "end_day": INTEGER,
    "revoked_day": INTEGER,
}
_TOTAL: dict[str, sa.types.TypeEngine[Any]] = {
    "measure": TEXT,
    "bucket": INTEGER,
    "state": TEXT,
    "ca_id": BYTES,
    "profile": TEXT,
    "key_type": TEXT,
}


def upgrade() -> None:
    op.create_table(
        "count_changes",
        sa.Column("id", BYTES, nullable=False),
        *(sa.Column(name, kind, nullable=False) for name, kind in _GROUP.items()),
        sa.Column("number", INTEGER, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_count_changes"),
        sqlite_strict=True,
    )
    for table, columns in (("count_groups", _GROUP), ("count_totals", _TOTAL)):
        op.create_table(
            table,
            *(sa.Column(name, kind, nullable=False) for name, kind in columns.items()),
            sa.Column("number", INTEGER, nullable=False),
            sa.PrimaryKeyConstraint(*columns, name=f"pk_{table}"),
            sqlite_strict=True,
            sqlite_with_rowid=False,
        )
    op.create_index("ix_count_groups_owner_id_end_day", "count_groups", ["owner_id", "end_day"])
    op.create_index("ix_count_groups_team_id_end_day", "count_groups", ["team_id", "end_day"])
    # A new installation has nothing to count first.
    op.execute(
        "INSERT INTO meta (key, value) SELECT 'counts.complete', '1' WHERE NOT EXISTS (SELECT 1 FROM certificates)"
    )
