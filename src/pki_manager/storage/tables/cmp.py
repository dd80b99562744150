"""The table of CMP transactions."""

from __future__ import annotations

from sqlalchemy import Column, Index, UniqueConstraint

from pki_manager.storage.tables.columns import required, table
from pki_manager.storage.tables.types import Bytes, Id, Integer, Moment, Text

cmp_transactions = table(
    "cmp_transactions",
    Column("id", Id, primary_key=True),
    # The actor ID of the client's credential.
    required("client", Text),
    required("transaction_id", Bytes),
    required("body_type", Integer),
    required("request_number", Integer),
    # No foreign key: rows of enrollments are written together, after those of their neighbours.
    required("enrollment_id", Id),
    required("state", Text),
    required("implicit_confirm", Integer),
    required("nonce", Bytes),
    required("created_at", Moment),
    required("expires_at", Moment),
    UniqueConstraint("client", "transaction_id"),
    Index(None, "state", "expires_at"),
)
