"""The text index of certificates. The worker fills it; it replaces the index of the ends of names."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261128_text_search"
down_revision = "20261127_certificate_counts"

INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
BYTES = sa.LargeBinary()

_SQLITE = (
    (
        "CREATE VIRTUAL TABLE certificate_trigrams USING fts5"
        "(text, content='certificate_texts', content_rowid='number', detail=none, tokenize='trigram')"
    ),
    (
        "CREATE TRIGGER certificate_texts_insert AFTER INSERT ON certificate_texts BEGIN"
        " INSERT INTO certificate_trigrams (rowid, text) VALUES (new.number, new.text); END"
    ),
    (
        "CREATE TRIGGER certificate_texts_delete AFTER DELETE ON certificate_texts BEGIN"
        " INSERT INTO certificate_trigrams (certificate_trigrams, rowid, text)"
        " VALUES ('delete', old.number, old.text); END"
    ),
)


def upgrade() -> None:
    op.create_table(
        "search_queue",
        sa.Column("certificate_id", BYTES, nullable=False),
        sa.PrimaryKeyConstraint("certificate_id", name="pk_search_queue"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "certificate_texts",
        sa.Column("number", INTEGER, nullable=False, autoincrement=False),
        sa.Column("certificate_id", BYTES, nullable=False),
        sa.Column("text", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_certificate_texts"),
        sa.UniqueConstraint("certificate_id", name="uq_certificate_texts_certificate_id"),
        sqlite_strict=True,
    )
    if op.get_bind().dialect.name == "sqlite":
        for statement in _SQLITE:
            op.execute(statement)
    op.drop_index("ix_certificate_names_reversed_certificate_id", "certificate_names")
    op.execute("INSERT INTO search_queue (certificate_id) SELECT id FROM certificates")
