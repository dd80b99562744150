"""Export of all rows of a database at one moment, and import into an empty one, with the same values on both engines.

Values are those of the drivers (integers, texts, octet strings, NULL), so no conversion can change them.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from itertools import chain
from typing import Any

import sqlalchemy as sa
from alembic import command as alembic

from pki_manager.domain.errors import Conflict, Malformed
from pki_manager.storage import tables
from pki_manager.storage.backup_scope import SCOPE, Kept
from pki_manager.storage.engine import schema, text_index
from pki_manager.storage.engine.compiled_statement import get_driver, run_command
from pki_manager.storage.engine.failures import translate_errors
from pki_manager.storage.engine.transaction import begin
from pki_manager.storage.tables.audit import audit_heads
from pki_manager.storage.tables.columns import metadata
from pki_manager.storage.tables.pki import meta

for _module in pkgutil.iter_modules(tables.__path__):
    # So that no table is missing in `metadata`.
    import_module(f"{tables.__name__}.{_module.name}")

BATCH = 1000
_POSTGRESQL = "postgresql"

Row = Sequence[Any]


class Snapshot:
    """The contents of a database at one moment, without later changes."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection
        self._result: sa.CursorResult[Any] | None = None

    def close(self) -> None:
        """Close the cursor of a table that was not read to its end. psycopg warns if such a cursor stays open."""
        if self._result is not None:
            self._result.close()

    def audit_heads(self) -> list[tuple[str, int, bytes]]:
        found = self._connection.execute(sa.select(audit_heads).order_by(audit_heads.c.chain))
        return [(row.chain, row.seq, row.hash) for row in found]

    def find_meta(self, key: str) -> str | None:
        return self._connection.execute(sa.select(meta.c.value).where(meta.c.key == key)).scalar_one_or_none()

    def has_rows(self, table: str) -> bool:
        statement = sa.select(sa.literal(1)).select_from(sa.table(table)).limit(1)
        return self._connection.execute(statement).first() is not None

    def all_rows(self, table: str) -> Iterator[Row]:
        """Yield all rows in the order of the primary key."""
        return chain.from_iterable(self.rows(table))

    def rows(self, table: str) -> Iterator[Sequence[Row]]:
        """Yield all rows in batches, in the order of the primary key."""
        kept = SCOPE[table]
        columns = kept.columns if isinstance(kept, Kept) else ()
        order: list[sa.ColumnClause[Any]] = [sa.column(column.name) for column in metadata.tables[table].primary_key]
        selected: list[sa.ColumnClause[Any]] = [sa.column(name) for name in columns]
        statement = sa.select(*selected).select_from(sa.table(table)).order_by(*order)
        with translate_errors():
            self._result = self._connection.execution_options(yield_per=BATCH).execute(statement)
            yield from self._result.partitions()


def list_kept_tables() -> dict[str, tuple[str, ...]]:
    """Return the tables of a backup with their columns. A table comes after those that its foreign keys refer to."""
    kept = ((table.name, SCOPE[table.name]) for table in metadata.sorted_tables)
    return {name: rule.columns for name, rule in kept if isinstance(rule, Kept)}


@contextmanager
def open_snapshot(engine: sa.Engine, *, is_exclusive: bool = False) -> Iterator[Snapshot]:
    """Open a snapshot of the database.

    With `is_exclusive`, no other process can change the tables of a backup until the end of the block. Raises
    StorageUnavailable if the database is unavailable; Conflict if it has tables or columns of a newer version.
    """
    with translate_errors():
        connection = engine.connect()
    try:
        with translate_errors():
            _without_deadline(connection)
            is_postgresql = connection.dialect.name == _POSTGRESQL
            begin(connection, write=is_exclusive and not is_postgresql)
            if is_exclusive and is_postgresql:
                run_command(connection, f"LOCK TABLE {', '.join(list_kept_tables())} IN SHARE MODE")
            # Both engines take the moment of the first statement that reads.
            connection.execute(sa.select(sa.func.count()).select_from(audit_heads)).scalar_one()
            schema.require_complete_copy(connection)
        snapshot = Snapshot(connection)
        try:
            yield snapshot
        finally:
            with translate_errors():
                snapshot.close()
    finally:
        _discard(connection)


class Filling:
    """The transaction that fills an empty database."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection
        self._columns = {
            table: {column["name"] for column in sa.inspect(connection).get_columns(table)}
            for table in sa.inspect(connection).get_table_names()
        }

    def require(self, table: str, columns: Sequence[str]) -> None:
        """Empty a table before it is filled. Raises Malformed unless the schema has the table with those columns."""
        if len(set(columns)) != len(columns) or not set(columns) <= self._columns.get(table, set()):
            raise Malformed(f"The backup holds a table {table!r} that its schema does not have.")
        # Migrations store rows too. What the backup says of them counts.
        self._connection.execute(sa.delete(sa.table(table)))

    def add(self, table: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
        """Store rows with columns that `require` accepted. Raises Malformed if a row does not fit the table."""
        try:
            insert_rows(self._connection, table, columns, rows)
        except (sa.exc.IntegrityError, sa.exc.DataError) as error:
            raise Malformed(f"The backup is damaged: rows of {table} do not fit the table.") from error


def insert_rows(connection: sa.Connection, table: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
    """Insert rows with the values of those columns, in the form in which a driver returns them.

    Raises SQLAlchemy's errors.
    """
    names = [f"c{position}" for position in range(len(columns))]
    values: dict[str, Any] = {column: sa.bindparam(name) for column, name in zip(columns, names, strict=True)}
    statement = sa.insert(sa.table(table, *map(sa.column, columns))).values(values)
    for start in range(0, len(rows), BATCH):
        connection.execute(statement, [dict(zip(names, row, strict=True)) for row in rows[start : start + BATCH]])


@contextmanager
def open_loader(engine: sa.Engine) -> Iterator[sa.Connection]:
    """Open a connection that can store many rows: SQLite checks no foreign keys on it, and PostgreSQL has no deadline.

    Raises StorageUnavailable if the database is unavailable.
    """
    with translate_errors():
        connection = engine.connect()
    try:
        with translate_errors():
            _without_deadline(connection)
            if connection.dialect.name != _POSTGRESQL:
                run_command(connection, "PRAGMA foreign_keys = OFF")
            yield connection
    finally:
        _discard(connection)


@contextmanager
def open_filling(engine: sa.Engine, revision: str) -> Iterator[Filling]:
    """Create the schema of that revision, let the block add rows, migrate to the current schema, and commit.

    All of it is one transaction. Raises Conflict if the database is not empty; Malformed if a row refers to a missing
    one; StorageUnavailable if the database is unavailable.
    """
    with open_loader(engine) as connection:
        begin(connection, write=True)
        require_empty(connection)
        alembic.upgrade(schema.build_configuration(connection), revision)
        restore_keys = drop_foreign_keys(connection)
        yield Filling(connection)
        check_foreign_keys(connection, restore_keys)
        schema.bring_to_head(connection)
        text_index.queue_all(connection)
        connection.commit()


def require_empty(connection: sa.Connection) -> None:
    """Raise Conflict if the database has any table."""
    found = sa.inspect(connection).get_table_names()
    if found:
        raise Conflict(f"The database is not empty: it has a table {found[0]!r}. Use a new database.")


def drop_foreign_keys(connection: sa.Connection) -> list[str]:
    """Drop the foreign keys on PostgreSQL, because rows of one table can refer to rows that are added later.

    Returns the statements that add the foreign keys again; none on SQLite.
    """
    if connection.dialect.name != _POSTGRESQL:
        return []
    found = connection.exec_driver_sql(
        "SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE contype = 'f' AND connamespace = current_schema()::regnamespace ORDER BY conname"
    ).all()
    for table, name, _ in found:
        connection.exec_driver_sql(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    return [f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}" for table, name, definition in found]


def check_foreign_keys(connection: sa.Connection, statements: Sequence[str]) -> None:
    """Check the foreign keys, on PostgreSQL by running the statements that `drop_foreign_keys` returned.

    Raises Malformed if a row refers to a missing one.
    """
    broken = Malformed("The rows are damaged: a row refers to a row that is missing. Use another copy.")
    try:
        for statement in statements:
            connection.exec_driver_sql(statement)
    except sa.exc.IntegrityError:
        raise broken from None
    if connection.dialect.name != _POSTGRESQL and connection.exec_driver_sql("PRAGMA foreign_key_check").first():
        raise broken


def _without_deadline(connection: sa.Connection) -> None:
    """Remove the statement deadline of a PostgreSQL connection, because sorting a large table takes long."""
    if connection.dialect.name == _POSTGRESQL:
        get_driver(connection).deadline = None


def _discard(connection: sa.Connection) -> None:
    """Close the connection permanently, so that no other code gets a connection with these settings."""
    with translate_errors():
        connection.invalidate()
        connection.close()
