"""The trigram index of `certificate_texts`: FTS5 on SQLite, pg_trgm on PostgreSQL."""

from __future__ import annotations

import sqlalchemy as sa

NAME = "ix_certificate_texts_trigrams"
"""Of the index on PostgreSQL."""

TRIGRAMS = "certificate_trigrams"
"""The virtual table on SQLite. Its own tables have names that begin with this."""

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
    """Return whether a table or an index of the database is one of `storage.tables`, and not of the trigram index."""
    return name is None or not (kind in {"table", "index"} and name.startswith((TRIGRAMS, NAME)))


def exists(connection: sa.Connection) -> bool:
    """Return whether any part of a name can be searched."""
    if connection.dialect.name != "postgresql":
        return True
    return bool(connection.exec_driver_sql(_EXISTS).scalar_one())


def ensure(connection: sa.Connection) -> None:
    """Create the index on PostgreSQL if it is missing, and its extension if the role can. SQLite's is of a migration.

    Without the extension the transaction goes on, and `exists` stays False.
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
    """Have the worker build the index again from the certificates."""
    for statement in (
        "DELETE FROM certificate_texts",
        "DELETE FROM search_queue",
        "INSERT INTO search_queue (certificate_id) SELECT id FROM certificates",
    ):
        connection.exec_driver_sql(statement)
