"""Constant statements that every issuance runs: compiled once for each engine, then run directly by the driver.

The execution by SQLAlchemy takes several times as long as the driver and SQLite need for one row. The SQL, the order of
the parameters, and the type conversions still come from SQLAlchemy.
"""

from __future__ import annotations

import re
from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeAlias

import sqlalchemy as sa
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.sql import visitors

Statement: TypeAlias = sa.Select[Any] | sa.Insert | sa.Update | sa.Delete
_Convert: TypeAlias = Callable[[Any], Any]
_Conversions: TypeAlias = list[tuple[int, _Convert]]

_NAMED = re.compile(r"%\((\w+)\)s")


class CompiledStatement:
    """A constant statement with bound parameters. Thread-safe.

    `table` is the table that it writes to, if any. `tables` are all tables that it reads or writes, including those
    that foreign keys refer to.
    """

    def __init__(self, statement: Statement) -> None:
        self._statement = statement
        self.table = None if isinstance(statement, sa.Select) else statement.table
        self.tables = frozenset(_tables(statement))
        self._forms: dict[str, _Form] = {}

    def run(self, connection: sa.Connection, values: Mapping[str, Any]) -> StatementResult:
        """Run the statement with values. Raises SQLAlchemy's DBAPIError if the driver fails."""
        dialect = connection.dialect
        form = self.form(dialect)
        try:
            return StatementResult(form, get_driver(connection).execute(form.sql, form.parameters(values)))
        except dialect.loaded_dbapi.Error as error:
            raise wrap_error(form.sql, error, dialect) from error

    def form(self, dialect: sa.Dialect) -> _Form:
        """Return the compiled form of the statement for a dialect."""
        form = self._forms.get(dialect.name)
        if form is None:
            form = self._forms[dialect.name] = _Form(self._statement, dialect)
        return form


def run_command(connection: sa.Connection, sql: str) -> None:
    """Run a statement without parameters or rows directly with the driver.

    Raises SQLAlchemy's DBAPIError if the driver fails.
    """
    dialect = connection.dialect
    try:
        get_driver(connection).execute(sql)
    except dialect.loaded_dbapi.Error as error:
        raise wrap_error(sql, error, dialect) from error


def scalar(connection: sa.Connection, sql: str) -> int:
    """Run a query without parameters directly with the driver, and return the single number that it selects.

    Raises SQLAlchemy's DBAPIError if the driver fails.
    """
    dialect = connection.dialect
    try:
        ((number,),) = get_driver(connection).execute(sql).fetchall()
    except dialect.loaded_dbapi.Error as error:
        raise wrap_error(sql, error, dialect) from error
    return int(number)


def get_driver(connection: sa.Connection) -> Any:  # noqa: ANN401 - sqlcipher3's or psycopg's connection
    """Return the driver's connection. Both drivers' connections have `execute`, which creates the cursor."""
    return connection.connection.driver_connection


class StatementResult:
    """The result of a statement: rows as named tuples with values converted to domain types."""

    def __init__(self, form: _Form, cursor: DBAPICursor) -> None:
        self.rowcount = cursor.rowcount
        self._rows = form.rows(cursor.fetchall()) if form.has_rows else []

    def first(self) -> Any | None:  # noqa: ANN401 - a row
        return self._rows[0] if self._rows else None

    def one(self) -> Any:  # noqa: ANN401 - a row
        (row,) = self._rows
        return row

    def all(self) -> Sequence[Any]:
        return self._rows


class _Form:
    """A statement in the form that the driver of one engine takes. None stands for NULL and is never converted.

    `names` are the parameter names by position, because both drivers take parameters by position.
    """

    def __init__(self, statement: Statement, dialect: sa.Dialect) -> None:
        compiled = statement.compile(dialect=dialect)
        text = str(compiled)
        self.names = tuple((compiled.positiontup or []) if compiled.positional else _NAMED.findall(text))
        self.sql = text if compiled.positional else _NAMED.sub("%s", text)
        binds = [compiled.binds[name] for name in self.names]
        defaults = {name: bind.value for name, bind in zip(self.names, binds, strict=True)}
        self._defaults = {name: value for name, value in defaults.items() if value is not None}
        self._to_driver = _conversions(bind.type.dialect_impl(dialect).bind_processor(dialect) for bind in binds)
        columns = list(statement.exported_columns)
        self.has_rows = bool(columns)
        self._row: Callable[[Iterable[Any]], Any] = namedtuple("Row", [column.key for column in columns])._make  # type: ignore[misc,attr-defined]
        impls = [column.type.dialect_impl(dialect) for column in columns]
        self._from_driver = _conversions(impl.result_processor(dialect, None) for impl in impls)

    def parameters(self, values: Mapping[str, Any]) -> list[Any]:
        """Return the parameter values for the driver. A missing value is the parameter's default, else NULL."""
        given = {**self._defaults, **values} if self._defaults else values
        return self.converted(map(given.get, self.names))

    def converted(self, values: Iterable[Any]) -> list[Any]:
        """Return values in the order of the parameters, converted to the driver's types."""
        return _converted(values, self._to_driver)

    def rows(self, found: Iterable[Sequence[Any]]) -> list[Any]:
        return [self._row(_converted(row, self._from_driver)) for row in found]


def wrap_error(sql: str, error: Exception, dialect: sa.Dialect) -> BaseException:
    """Return the error that SQLAlchemy would raise for a driver's error, without the parameter values."""
    return sa.exc.DBAPIError.instance(sql, None, error, dialect.loaded_dbapi.Error, dialect=dialect)


def _tables(statement: Statement) -> Iterable[sa.FromClause]:
    written = None if isinstance(statement, sa.Select) else statement.table
    if isinstance(written, sa.Table):
        yield from (key.column.table for key in written.foreign_keys)
    yield from (part for part in visitors.iterate(statement) if isinstance(part, sa.Table))


def _conversions(processors: Iterable[_Convert | None]) -> _Conversions:
    """Return (position, conversion) for each value that needs a conversion."""
    return [(place, convert) for place, convert in enumerate(processors) if convert is not None]


def _converted(values: Iterable[Any], conversions: _Conversions) -> list[Any]:
    row = list(values)
    for place, convert in conversions:
        value = row[place]
        if value is not None:
            row[place] = convert(value)
    return row
