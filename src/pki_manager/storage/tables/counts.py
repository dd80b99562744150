"""The tables of certificate counts: the changes of each commit, and the sums of all changes.

Certificates are counted by group: all with the same values of the group's columns. Days are counted from 1970 in UTC.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, Index, PrimaryKeyConstraint

from pki_manager.storage.tables.columns import required, table
from pki_manager.storage.tables.types import Bytes, Id, Integer, Text

NO_OWNER = ""
NO_TEAM = b""
NOT_REVOKED = -1


def _group() -> tuple[Column[Any], ...]:
    return (
        required("issued_day", Integer),
        required("ca_id", Id),
        required("profile", Text),
        required("key_type", Text),
        required("owner_id", Text),
        required("team_id", Bytes),
        required("state", Text),
        required("end_day", Integer),
        # NOT_REVOKED also of a certificate on hold.
        required("revoked_day", Integer),
    )


GROUP = tuple(column.name for column in _group())

# One row for each group that a commit changed, until the worker adds it to the two tables below.
count_changes = table("count_changes", Column("id", Id, primary_key=True), *_group(), required("number", Integer))

count_groups = table(
    "count_groups",
    *_group(),
    required("number", Integer),
    PrimaryKeyConstraint(*GROUP),
    Index(None, "owner_id", "end_day"),
    Index(None, "team_id", "end_day"),
    rowid=False,
)

# The same without owners and teams. `bucket` is the day of the measure, 0 where it has none.
count_totals = table(
    "count_totals",
    required("measure", Text),
    required("bucket", Integer),
    required("state", Text),
    required("ca_id", Id),
    required("profile", Text),
    required("key_type", Text),
    required("number", Integer),
    PrimaryKeyConstraint("measure", "bucket", "state", "ca_id", "profile", "key_type"),
    rowid=False,
)
