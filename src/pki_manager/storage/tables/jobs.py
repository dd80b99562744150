"""The tables of work in the background: jobs, rows of bulk work, status changes, and who does the work."""

from __future__ import annotations

from sqlalchemy import Column, Index, PrimaryKeyConstraint, text

from pki_manager.storage.tables.columns import optional as _optional
from pki_manager.storage.tables.columns import required as _required
from pki_manager.storage.tables.columns import table as _table
from pki_manager.storage.tables.types import Id, Integer, Moment, Serial, Text

jobs = _table(
    "jobs",
    Column("id", Id, primary_key=True),
    _required("kind", Text),
    _required("payload", Text),
    _required("state", Text),
    _required("run_at", Moment),
    _required("tries", Integer),
    _optional("last_error", Text),
    _required("created_at", Moment),
    _required("changed_at", Moment),
    _optional("lease_until", Moment),
    _optional("coalesce", Text),
    Index(None, "state", "run_at", "id"),
    Index(None, "state", "id"),
    Index(
        "ix_jobs_queued_coalesce",
        "coalesce",
        sqlite_where=text("state = 'queued'"),
        postgresql_where=text("state = 'queued'"),
    ),
)

# The id is the background job's.
bulk_jobs = _table(
    "bulk_jobs",
    Column("id", Id, primary_key=True),
    _required("action", Text),
    _required("requested_by", Text),
    _required("requested_name", Text),
    _required("via", Text),
    _required("rows", Integer),
    _required("started", Integer),
    _required("created_at", Moment),
)

bulk_rows = _table(
    "bulk_rows",
    _required("job_id", Id),
    _required("number", Integer),
    _required("body", Text),
    _required("state", Text),
    # No foreign key: an expired certificate can be deleted.
    _optional("certificate_id", Id),
    _optional("code", Text),
    _optional("detail", Text),
    PrimaryKeyConstraint("job_id", "number"),
    Index(None, "job_id", "state", "number"),
    rowid=False,
)

status_changes = _table(
    "status_changes",
    _required("revision", Integer),
    _required("position", Integer),
    _required("subject", Text),
    _required("issuer_key_id", Id),
    _optional("serial", Serial),
    _optional("shard", Integer),
    PrimaryKeyConstraint("revision", "position"),
    rowid=False,
)

published_stores = _table(
    "published_stores",
    Column("id", Id, primary_key=True),
    _required("node", Text),
    _required("seen_at", Moment),
    rowid=False,
)

# One row. Used on PostgreSQL, where several hosts can compete.
scheduler_lease = _table(
    "scheduler_lease",
    Column("id", Integer, primary_key=True),
    _required("fence", Integer),
    # Microseconds since 1970, by the database's clock.
    _required("renewed_at", Integer),
)
