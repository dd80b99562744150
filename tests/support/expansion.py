"""What a migration changes that programs of earlier versions could notice, from the statements that it runs.

Programs of an earlier version keep running while and after a migration runs. A migration only expands the schema if
each of its statements is one of those that such programs cannot notice. Every other statement is reported.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from sqlalchemy.engine.interfaces import DBAPICursor, ExecutionContext

_NAME = r'"?(\w+)"?'
_CREATED = re.compile(rf"CREATE TABLE {_NAME}", re.IGNORECASE)
_INDEX = re.compile(rf"CREATE (UNIQUE )?INDEX \S+ ON {_NAME}", re.IGNORECASE)
_COLUMN = re.compile(rf"ALTER TABLE {_NAME} ADD COLUMN .+", re.IGNORECASE)
_STRICT = re.compile(r"\b(UNIQUE|CHECK|REFERENCES)\b", re.IGNORECASE)
_ROWS = re.compile(rf"INSERT INTO {_NAME}", re.IGNORECASE)
_UNNOTICED = re.compile(r"SELECT|PRAGMA|UPDATE alembic_version|INSERT INTO alembic_version", re.IGNORECASE)
_CHANGES_ROWS = frozenset({"update", "delete"})


def record_migration(connection: sa.Connection, config: Config, revision: str) -> list[str]:
    """Run the migrations up to that revision, and return their statements with single spaces."""
    statements: list[str] = []

    def record(
        _connection: sa.Connection,
        _cursor: DBAPICursor,
        statement: str,
        _values: object,
        _context: ExecutionContext,
        _many: bool,
    ) -> None:
        statements.append(" ".join(statement.split()))

    sa.event.listen(connection, "before_cursor_execute", record)
    try:
        command.upgrade(config, revision)
    finally:
        sa.event.remove(connection, "before_cursor_execute", record)
    return statements


def find_reductions(statements: Sequence[str], source: str) -> list[str]:
    """Return the statements of a migration that a program of an earlier version can notice.

    `source` is the code of the migration. On an empty database a loop over rows runs no statement, so that calls which
    change rows are found there.
    """
    created = {match[1] for match in map(_CREATED.match, statements) if match}
    return [*(one for one in statements if not _is_expansion(one, created)), *_find_calls(source)]


def _is_expansion(statement: str, created: set[str]) -> bool:
    if _UNNOTICED.match(statement) or _CREATED.match(statement):
        return True
    if index := _INDEX.match(statement):
        return index[1] is None or index[2] in created
    if column := _COLUMN.match(statement):
        has_default = " DEFAULT " in statement.upper()
        return column[1] in created or (not _STRICT.search(statement) and ("NOT NULL" not in statement or has_default))
    rows = _ROWS.match(statement)
    return rows is not None and rows[1] in created


def _find_calls(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _CHANGES_ROWS:
            yield f"line {node.lineno}: {ast.unparse(node.func)}(…)"
