"""The tables of background jobs, rows of bulk jobs, status changes, and the leader's lease."""

from __future__ import annotations

from sqlalchemy import Column, Index, PrimaryKeyConstraint, text

from pki_manager.storage.tables.columns import optional, required, table
from pki_manager.storage.tables.types import Id, Integer, Moment, Serial, Text

jobs = table(
    "jobs",
    Column("id", Id, primary_key=True),
    required("kind", Text),
    required("payload", Text),
    required("state", Text),
    required("run_at", Moment),
    required("tries", Integer),
    optional("last_error", Text),
    required("created_at", Moment),
    required("changed_at", Moment),
    optional("lease_until", Moment),
    optional("coalesce", Text),
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
bulk_jobs = table(
    "bulk_jobs",
    Column("id", Id, primary_key=True),
    required("action", Text),
    required("requested_by", Text),
    required("requested_name", Text),
    required("via", Text),
    required("rows", Integer),
    required("started", Integer),
    required("created_at", Moment),
)

bulk_rows = table(
    "bulk_rows",
    required("job_id", Id),
    required("number", Integer),
    required("body", Text),
    required("state", Text),
    # No foreign key: an expired certificate can be deleted.
    optional("certificate_id", Id),
    optional("code", Text),
    optional("detail", Text),
    PrimaryKeyConstraint("job_id", "number"),
    Index(None, "job_id", "state", "number"),
    rowid=False,
)

status_changes = table(
    "status_changes",
    required("revision", Integer),
    required("position", Integer),
    required("subject", Text),
    required("issuer_key_id", Id),
    optional("serial", Serial),
    optional("shard", Integer),
    PrimaryKeyConstraint("revision", "position"),
    rowid=False,
)

published_stores = table(
    "published_stores",
    Column("id", Id, primary_key=True),
    required("node", Text),
    required("seen_at", Moment),
    # Status revision that the store has reached. NULL before it is filled, and from versions that did not record it.
    optional("revision", Integer),
    # Number of the leadership term, if a process of the store's host leads or was the last that is known to lead.
    optional("term", Integer),
    # JSON of digests of settings that all hosts must share, by name. NULL from versions that did not record them.
    optional("settings", Text),
    rowid=False,
)

# One row. Used on PostgreSQL, where several hosts can compete.
scheduler_lease = table(
    "scheduler_lease",
    Column("id", Integer, primary_key=True),
    required("fence", Integer),
    # Microseconds since 1970, by the database's clock.
    required("renewed_at", Integer),
)
