"""Builders of tables and columns: names of constraints, STRICT on SQLite, required and optional columns."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, Index, MetaData, Table, text
from sqlalchemy.schema import SchemaItem
from sqlalchemy.types import TypeEngine

_Type = TypeEngine[Any] | type[TypeEngine[Any]]

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def table(name: str, *items: SchemaItem, rowid: bool = True) -> Table:
    """Return a table. `rowid=False` creates a WITHOUT ROWID table on SQLite."""
    return Table(name, metadata, *items, sqlite_strict=True, sqlite_with_rowid=rowid)


def required(name: str, kind: _Type, *args: SchemaItem) -> Column[Any]:
    """Return a NOT NULL column."""
    return Column(name, kind, *args, nullable=False)


def optional(name: str, kind: _Type, *args: SchemaItem) -> Column[Any]:
    """Return a column that can be NULL."""
    return Column(name, kind, *args, nullable=True)


def make_queue_index(name: str, *columns: str) -> Index:
    """Return an index that covers only enrollments with a stored certificate request."""
    where = text("application IS NOT NULL")
    return Index(name, *columns, sqlite_where=where, postgresql_where=where)
