"""Statements as the database driver gets them: some do not pass through SQLAlchemy's execution."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import sqlalchemy as sa

from pki_manager.storage.engine.text_index import TRIGRAMS

_INSIDE_FTS5 = f"'{TRIGRAMS}_"
"""Statements of FTS5 on its own tables, which have quoted names."""

Asked = tuple[str, Any]
"""Text and parameters of a statement. On SQLite the text contains the values, and there are no parameters."""


@contextmanager
def selects(engine: sa.Engine) -> Iterator[list[Asked]]:
    """Yield a list that receives every SELECT of connections taken from the pool during the block, in order."""
    asked: list[Asked] = []

    def remember(text: str, parameters: Any = None) -> None:
        if text.lstrip().startswith(("SELECT", "WITH")) and _INSIDE_FTS5 not in text:
            asked.append((text, parameters))

    listen, forget = _ways(engine, remember)
    events = (
        ("checkout", lambda connection, *_: listen(connection)),
        ("checkin", lambda connection, _: forget(connection)),
    )
    for name, react in events:
        sa.event.listen(engine.pool, name, react)
    try:
        yield asked
    finally:
        for name, react in events:
            sa.event.remove(engine.pool, name, react)


def _ways(engine: sa.Engine, remember: Any) -> Any:
    if engine.dialect.name == "postgresql":
        return _psycopg_ways(remember)
    return (
        lambda connection: connection.set_trace_callback(remember)
    ), lambda connection: connection.set_trace_callback(None)


def _psycopg_ways(remember: Any) -> Any:
    def remembering(kind: type[Any]) -> type[Any]:
        class Remembering(kind):
            def execute(self, query: str, params: Any = None, **options: Any) -> Any:
                remember(query, params)
                return super().execute(query, params, **options)

        return Remembering

    def factories(plain: type[Any], server: type[Any]) -> Any:
        def give(connection: psycopg.Connection) -> None:
            connection.cursor_factory, connection.server_cursor_factory = plain, server

        return give

    kinds = (psycopg.Cursor, psycopg.ServerCursor)
    return factories(*(remembering(kind) for kind in kinds)), factories(*kinds)
