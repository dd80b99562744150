"""Certificates by the number, kept beside them: what a commit changes, and the sums of all changes.

A group is what its certificates have in common. Days are counted from 1970 in UTC.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, Index, PrimaryKeyConstraint

from pki_manager.storage.tables.columns import required as _required
from pki_manager.storage.tables.columns import table as _table
from pki_manager.storage.tables.types import Bytes, Id, Integer, Text

NO_OWNER = ""
NO_TEAM = b""
NOT_REVOKED = -1


def _group() -> tuple[Column[Any], ...]:
    return (
        _required("issued_day", Integer),
        _required("ca_id", Id),
        _required("profile", Text),
        _required("key_type", Text),
        _required("owner_id", Text),
        _required("team_id", Bytes),
        _required("state", Text),
        _required("end_day", Integer),
        # NOT_REVOKED also of a certificate on hold.
        _required("revoked_day", Integer),
    )


GROUP = tuple(column.name for column in _group())

# One row for each group that a commit changed, until the worker adds it to the two tables below.
count_changes = _table("count_changes", Column("id", Id, primary_key=True), *_group(), _required("number", Integer))

count_groups = _table(
    "count_groups",
    *_group(),
    _required("number", Integer),
    PrimaryKeyConstraint(*GROUP),
    Index(None, "owner_id", "end_day"),
    Index(None, "team_id", "end_day"),
    rowid=False,
)

# The same without owners and teams. `bucket` is the day of the measure, 0 where it has none.
count_totals = _table(
    "count_totals",
    _required("measure", Text),
    _required("bucket", Integer),
    _required("state", Text),
    _required("ca_id", Id),
    _required("profile", Text),
    _required("key_type", Text),
    _required("number", Integer),
    PrimaryKeyConstraint("measure", "bucket", "state", "ca_id", "profile", "key_type"),
    rowid=False,
)
