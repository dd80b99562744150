"""The table of intents to generate keys."""

from __future__ import annotations

from sqlalchemy import Column

from pki_manager.storage.tables.columns import required, table
from pki_manager.storage.tables.types import Id, Integer, Moment, Text

key_intents = table(
    "key_intents",
    Column("id", Id, primary_key=True),
    required("backend", Text),
    required("key_type", Text),
    required("is_known", Integer),
    required("requested_by", Text),
    required("node", Text),
    required("created_at", Moment),
    required("deadline", Moment),
    required("given_up", Integer),
)
