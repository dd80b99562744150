"""The trigram index of `certificate_texts`: FTS5 on SQLite, pg_trgm on PostgreSQL."""

from __future__ import annotations

import sqlalchemy as sa

NAME = "ix_certificate_texts_trigrams"
"""Name of the index on PostgreSQL."""

TRIGRAMS = "certificate_trigrams"
"""Name of the virtual table on SQLite. The names of the tables that SQLite creates for it begin with this."""

# A search reads the pending list from one end to the other: it is kept short.
_POSTGRESQL = (
    f"CREATE INDEX {NAME} ON certificate_texts USING gin (text gin_trgm_ops) WITH (gin_pending_list_limit = 256)"
)
_EXISTS = f"SELECT to_regclass('{NAME}') IS NOT NULL"
_IS_INSTALLED = "SELECT count(*) > 0 FROM pg_extension WHERE extname = 'pg_trgm'"
_EXTENSION = "CREATE EXTENSION pg_trgm"

NOTICE = (
    "Certificates are found by the start of a name only: the database has no extension pg_trgm, and its role cannot "
    "create it. As a superuser, run `CREATE EXTENSION pg_trgm` in this database. Then run `pkim db upgrade`."
)


def is_declared(name: str | None, kind: str, _parents: object = None) -> bool:
    """Return whether a table or index is declared in `storage.tables`, and does not belong to the trigram index."""
    return name is None or not (kind in {"table", "index"} and name.startswith((TRIGRAMS, NAME)))


def exists(connection: sa.Connection) -> bool:
    """Return whether the trigram index exists, so that searches find any part of a name."""
    if connection.dialect.name != "postgresql":
        return True
    return bool(connection.exec_driver_sql(_EXISTS).scalar_one())


def ensure(connection: sa.Connection) -> None:
    """Create the index on PostgreSQL if it is missing, with its extension if the role can. SQLite needs nothing here.

    On SQLite a migration creates the index. If the extension cannot be created, the transaction continues, and `exists`
    remains False.
    """
    if exists(connection):
        return
    if not connection.exec_driver_sql(_IS_INSTALLED).scalar_one():
        try:
            with connection.begin_nested():
                connection.exec_driver_sql(_EXTENSION)
        except (sa.exc.ProgrammingError, sa.exc.OperationalError, sa.exc.NotSupportedError):
            # The role has no CREATE on the database, or the server has no such extension.
            return
    connection.exec_driver_sql(_POSTGRESQL)


def queue_all(connection: sa.Connection) -> None:
    """Empty the index and queue all certificates, so that the worker builds the index again."""
    for statement in (
        "DELETE FROM certificate_texts",
        "DELETE FROM search_queue",
        "INSERT INTO search_queue (certificate_id) SELECT id FROM certificates",
    ):
        connection.exec_driver_sql(statement)
