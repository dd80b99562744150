"""Statements for several rows at once: one call of the driver writes rows of all units of a commit.

Each call releases the interpreter's lock, and under load another thread takes it. Fewer calls therefore save more than
the time of the calls.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from typing import Any, TypeAlias

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from pki_manager.storage.engine.compiled_statement import CompiledStatement, get_driver, wrap_error

Row: TypeAlias = list[Any]
_Build: TypeAlias = Callable[[int], sa.Insert | sa.Update]

_LARGEST = 64
"""Maximum number of rows in one statement.

Smaller batches have half of that, a quarter, and so on, so that a driver keeps few prepared statements.
"""


class BulkStatement:
    """An INSERT or UPDATE that changes exactly one row for each set of values. Thread-safe.

    `build` returns the statement for a number of rows. The parameters of the first row are named `<column>_0`.
    """

    def __init__(self, table: sa.Table, build: _Build) -> None:
        self.table = table
        self._build = build
        self._single = CompiledStatement(build(1))
        self._names: dict[str, tuple[str, ...]] = {}
        self._forms: dict[tuple[str, int], tuple[str, tuple[int, ...]]] = {}

    def row(self, dialect: sa.Dialect, values: Mapping[str, Any]) -> Row:
        """Return the values of a row in the form that `run` expects.

        Text that no column can store is refused here, before the row is written together with others.
        """
        row = self._single.form(dialect).converted(map(values.get, self._names_of(dialect)))
        _require_storable(row, dialect)
        return row

    def run(self, connection: sa.Connection, rows: Sequence[Row]) -> int:
        """Write rows. Returns how many rows of the table changed.

        Raises SQLAlchemy's DBAPIError if the driver fails.
        """
        met, at, size = 0, 0, _LARGEST
        while at < len(rows):
            while size > len(rows) - at:
                size //= 2
            met += self._run(connection, rows[at : at + size], size)
            at += size
        return met

    def _run(self, connection: sa.Connection, rows: Sequence[Row], size: int) -> int:
        dialect = connection.dialect
        sql, places = self._form(dialect, size)
        given = list(chain.from_iterable(rows))
        try:
            return int(get_driver(connection).execute(sql, [given[place] for place in places]).rowcount)
        except dialect.loaded_dbapi.Error as error:
            raise wrap_error(sql, error, dialect) from error

    def _names_of(self, dialect: sa.Dialect) -> tuple[str, ...]:
        names = self._names.get(dialect.name)
        if names is None:
            names = tuple(name.removesuffix("_0") for name in self._single.form(dialect).names)
            self._names[dialect.name] = names
        return names

    def _form(self, dialect: sa.Dialect, size: int) -> tuple[str, tuple[int, ...]]:
        """Return the SQL text, and for each of its parameters the position among the values of all rows."""
        form = self._forms.get((dialect.name, size))
        if form is None:
            single = self._names_of(dialect)
            places = {f"{name}_{row}": row * len(single) + at for row in range(size) for at, name in enumerate(single)}
            statement = CompiledStatement(self._build(size)).form(dialect)
            form = statement.sql, tuple(places[name] for name in statement.names)
            self._forms[dialect.name, size] = form
        return form


def insert(table: sa.Table, *names: str, skip_existing: bool = False) -> BulkStatement:
    """Return a statement that inserts rows with these columns.

    `skip_existing` (SQLite only): rows whose unique key exists are not inserted.
    """

    def build(size: int) -> sa.Insert:
        statement = sqlite.insert(table).on_conflict_do_nothing() if skip_existing else sa.insert(table)
        return statement.values(
            [{name: sa.bindparam(f"{name}_{row}", type_=table.c[name].type) for name in names} for row in range(size)]
        )

    return BulkStatement(table, build)


def _require_storable(row: Row, dialect: sa.Dialect) -> None:
    text = "".join([value for value in row if isinstance(value, str)])
    if not text.isascii():
        text.encode()
    if "\0" in text and dialect.name == "postgresql":
        raise sa.exc.DataError("a row", None, ValueError("a text with a NUL"))
