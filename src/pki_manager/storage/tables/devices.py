"""The table of sign-ins by device code."""

from __future__ import annotations

from sqlalchemy import Column, Index, UniqueConstraint

from pki_manager.storage.tables.columns import optional, required, table
from pki_manager.storage.tables.types import Bytes, Id, Integer, Moment, Text

device_sign_ins = table(
    "device_sign_ins",
    Column("id", Id, primary_key=True),
    required("device_sha256", Bytes),
    # Keyed, because a user code has few letters.
    required("user_code_mac", Bytes),
    required("client_id", Text),
    required("host", Text),
    optional("role", Text),
    optional("lifetime", Text),
    optional("peer", Text),
    required("network", Text),
    required("state", Text),
    required("poll_interval", Integer),
    required("created_at", Moment),
    required("expires_at", Moment),
    optional("polled_at", Moment),
    optional("token_id", Id),
    UniqueConstraint("device_sha256"),
    UniqueConstraint("user_code_mac"),
    Index(None, "expires_at"),
)
