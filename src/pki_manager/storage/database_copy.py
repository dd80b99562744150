"""The target of a copy: a database that is filled in small transactions and is unusable until it is complete.

Until then a table stores the check value of the installation that is copied, the schema revision is one that no version
opens, and PostgreSQL has no foreign keys.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import NamedTuple, TypeVar

import sqlalchemy as sa

from pki_manager.domain.errors import Conflict
from pki_manager.storage.comparison import Key, Row, list_key_columns
from pki_manager.storage.engine import schema, text_index
from pki_manager.storage.engine.failures import translate_errors
from pki_manager.storage.engine.transaction import begin
from pki_manager.storage.rows import (
    BATCH,
    check_foreign_keys,
    drop_foreign_keys,
    insert_rows,
    list_kept_tables,
    open_loader,
    require_empty,
)
from pki_manager.storage.tables.pki import meta

_STATE = sa.table("database_copy", sa.column("owner"), sa.column("revision"), sa.column("foreign_keys"))
_CREATE_STATE = "CREATE TABLE database_copy (owner TEXT NOT NULL, revision TEXT NOT NULL, foreign_keys TEXT NOT NULL)"
_DROP_STATE = "DROP TABLE database_copy"

T = TypeVar("T")


class TargetState(NamedTuple):
    """The content of a database. `owner` is the check value of an installation, `revision` the schema revision."""

    is_empty: bool
    is_complete: bool
    owner: str | None
    revision: str | None


def find_state(engine: sa.Engine, owner_key: str) -> TargetState:
    """Return the state of a database. The check value of its installation is stored under the key `owner_key`."""
    with translate_errors(), engine.connect() as connection:
        tables = sa.inspect(connection).get_table_names()
        if _STATE.name in tables:
            owner, revision = connection.execute(sa.select(_STATE.c.owner, _STATE.c.revision)).one()
            return TargetState(is_empty=False, is_complete=False, owner=owner, revision=revision)
        if not tables or "alembic_version" not in tables or meta.name not in tables:
            return TargetState(is_empty=not tables, is_complete=False, owner=None, revision=None)
        owner = connection.execute(sa.select(meta.c.value).where(meta.c.key == owner_key)).scalar_one_or_none()
    return TargetState(is_empty=False, is_complete=True, owner=owner, revision=schema.get_current(engine))


def prepare(engine: sa.Engine, owner: str) -> None:
    """Create the schema in an empty database and mark it as an incomplete copy of that installation.

    Raises Conflict if the database is not empty; StorageUnavailable if it is unavailable.
    """
    with open_loader(engine) as connection:
        begin(connection, write=True)
        require_empty(connection)
        schema.bring_to_head(connection)
        for table in list_kept_tables():
            # Migrations store rows too.
            connection.execute(sa.delete(sa.table(table)))
        connection.exec_driver_sql(_CREATE_STATE)
        keys = json.dumps(drop_foreign_keys(connection))
        connection.execute(sa.insert(_STATE).values(owner=owner, revision=schema.get_head(), foreign_keys=keys))
        schema.mark_incomplete(connection)
        connection.commit()


def finish(engine: sa.Engine) -> None:
    """Complete a filled database, so that the installation can open it.

    Raises Malformed if a row refers to a missing row.
    """
    with open_loader(engine) as connection:
        begin(connection, write=True)
        keys = connection.execute(sa.select(_STATE.c.foreign_keys)).scalar_one()
        check_foreign_keys(connection, json.loads(keys))
        text_index.queue_all(connection)
        connection.exec_driver_sql(_DROP_STATE)
        schema.mark_complete(connection)
        connection.commit()
        if connection.dialect.name == "postgresql":
            # The server would plan the first queries without knowing how many rows there are.
            connection.exec_driver_sql("ANALYZE")
            connection.commit()


class RowWriter:
    """Writer of rows into the target, with one transaction for each batch."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def insert(self, table: str, rows: Iterable[Row]) -> Iterator[int]:
        """Insert rows. After each batch, yield how many rows are stored. Raises Conflict if a row already exists."""
        columns, stored = list_kept_tables()[table], 0
        for batch in _batches(rows):
            begin(self._connection, write=True)
            try:
                insert_rows(self._connection, table, columns, batch)
            except sa.exc.IntegrityError as error:
                raise Conflict(f"Another process writes to the target: rows of {table} are there already.") from error
            self._connection.commit()
            stored += len(batch)
            yield stored

    def delete(self, table: str, keys: Iterable[Key]) -> None:
        """Delete the rows with those keys."""
        columns = list_key_columns(table)
        target = sa.table(table, *map(sa.column, columns))
        names = [f"k{place}" for place in range(len(columns))]
        matches = (target.c[column] == sa.bindparam(name) for column, name in zip(columns, names, strict=True))
        statement = sa.delete(target).where(*matches)
        for batch in _batches(keys):
            begin(self._connection, write=True)
            self._connection.execute(statement, [dict(zip(names, key, strict=True)) for key in batch])
            self._connection.commit()


@contextmanager
def open_writer(engine: sa.Engine) -> Iterator[RowWriter]:
    """Open a connection that fills an incomplete copy. Raises StorageUnavailable if the database is unavailable."""
    with open_loader(engine) as connection:
        yield RowWriter(connection)


def _batches(items: Iterable[T]) -> Iterator[list[T]]:
    rest = iter(items)
    while batch := list(islice(rest, BATCH)):
        yield batch
