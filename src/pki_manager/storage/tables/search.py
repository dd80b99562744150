"""The text index of certificates: derived from the other tables, filled by the worker, left out of backups.

The index itself is `certificate_trigrams` on SQLite, a virtual table that triggers fill, and
`ix_certificate_texts_trigrams` on PostgreSQL; see `engine.text_index`. There are no foreign keys, because their checks
would slow down issuance.
"""

from __future__ import annotations

from sqlalchemy import Column, UniqueConstraint

from pki_manager.storage.tables.columns import required, table
from pki_manager.storage.tables.types import Id, Integer, Text

# Certificates whose text is not in the index yet.
search_queue = table(
    "search_queue",
    Column("certificate_id", Id, primary_key=True),
    rowid=False,
)

certificate_texts = table(
    "certificate_texts",
    # Rises with the IDs of the certificates, to the millisecond: see `repositories.text_search`.
    Column("number", Integer, primary_key=True, autoincrement=False),
    required("certificate_id", Id),
    required("text", Text),
    UniqueConstraint("certificate_id"),
)
