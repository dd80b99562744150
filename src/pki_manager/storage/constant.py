"""Statements that never change, on the road of every issuance: compiled once an engine, then run on the driver itself.

SQLAlchemy's execution costs several times what the driver and SQLite need for one row. The SQL, the order of the
parameters and the conversion of types still come from SQLAlchemy; only its per-call machinery is left out.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeAlias, cast

import sqlalchemy as sa
from sqlalchemy.engine.interfaces import DBAPICursor

Statement: TypeAlias = sa.Select[Any] | sa.Insert | sa.Update | sa.Delete
_Convert: TypeAlias = Callable[[Any], Any] | None


class Constant:
    """A statement whose variable parts are all bound parameters. Thread-safe. `table` is the one that it writes to."""

    def __init__(self, statement: Statement) -> None:
        self._statement = statement
        self.table = None if isinstance(statement, sa.Select) else statement.table
        self._forms: dict[str, _Form] = {}

    def run(self, connection: sa.Connection, values: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> Result:
        """Run with values, or with each of a list of them; what SQLAlchemy raises (DBAPIError and the like)."""
        dialect = connection.dialect
        form = self._forms.get(dialect.name)
        if form is None:
            form = self._forms[dialect.name] = _Form(self._statement, dialect)
        cursor = connection.connection.cursor()
        try:
            if isinstance(values, Mapping):
                cursor.execute(form.sql, form.parameters(values))
            else:
                cursor.executemany(form.sql, cast(Sequence[Sequence[Any]], [form.parameters(one) for one in values]))
            return Result(form, cursor)
        except dialect.loaded_dbapi.Error as error:
            raise _wrapped(form.sql, error, dialect) from error


def command(connection: sa.Connection, sql: str) -> None:
    """Run text without parameters or rows, on the driver itself; what SQLAlchemy raises."""
    dialect = connection.dialect
    try:
        connection.connection.cursor().execute(sql)
    except dialect.loaded_dbapi.Error as error:
        raise _wrapped(sql, error, dialect) from error


class Result:
    """What a statement brought: rows as named tuples, converted to domain types."""

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
    """A statement as one engine's driver takes it."""

    def __init__(self, statement: Statement, dialect: sa.Dialect) -> None:
        compiled = statement.compile(dialect=dialect)
        self.sql = str(compiled)
        self._is_positional = compiled.positional
        names = (compiled.positiontup or []) if compiled.positional else list(compiled.binds)
        self._binds = [_bind(name, compiled.binds[name], dialect) for name in names]
        columns = list(statement.selected_columns) if isinstance(statement, sa.Select) else []
        self.has_rows = bool(columns)
        self._row: Callable[[Iterable[Any]], Any] = namedtuple("Row", [column.key for column in columns])._make  # type: ignore[misc,attr-defined]
        self._converters = [column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns]

    def parameters(self, values: Mapping[str, Any]) -> Sequence[Any] | Mapping[str, Any]:
        """A parameter without a value has its own default, else NULL."""
        if self._is_positional:
            return [_converted(convert, values.get(name, default)) for name, default, convert in self._binds]
        return {name: _converted(convert, values.get(name, default)) for name, default, convert in self._binds}

    def rows(self, found: Iterable[Sequence[Any]]) -> list[Any]:
        return [self._row(map(_converted, self._converters, row)) for row in found]


def _wrapped(sql: str, error: Exception, dialect: sa.Dialect) -> BaseException:
    """The driver's error as SQLAlchemy would have raised it, without the values."""
    return sa.exc.DBAPIError.instance(sql, None, error, dialect.loaded_dbapi.Error, dialect=dialect)


def _bind(name: str, parameter: sa.BindParameter[Any], dialect: sa.Dialect) -> tuple[str, Any, _Convert]:
    """(name, default, conversion) of a parameter."""
    return name, parameter.value, parameter.type.dialect_impl(dialect).bind_processor(dialect)


def _converted(convert: _Convert, value: Any) -> Any:  # noqa: ANN401 - whatever a column holds
    return value if convert is None else convert(value)
