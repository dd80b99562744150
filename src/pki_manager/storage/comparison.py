"""Comparison of a table in two databases, row by row in the order of the primary key. Memory use is constant."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

from pki_manager.storage.backup_scope import SCOPE, Kept
from pki_manager.storage.tables.columns import metadata
from pki_manager.storage.tables.types import Id, Serial

Row = Sequence[Any]
Key = tuple[Any, ...]

_SHOWN_OCTETS = 8
"""Number of octets of a binary key that are shown. Some keys are digests of secrets."""


class DifferenceKind(StrEnum):
    """The kind of difference in the second database: a row is missing, is extra, or has other values."""

    MISSING = "missing"
    EXTRA = "extra"
    CHANGED = "changed"


class RowDifference(NamedTuple):
    """A row that differs. `row` is the row of the first database or, if it is only in the second, the row there."""

    table: str
    kind: DifferenceKind
    key: Key
    row: Row


def compare_rows(table: str, first: Iterable[Row], second: Iterable[Row]) -> Iterator[RowDifference]:
    """Yield the differences between the rows of a table in two databases.

    The rows have the columns of a backup, in the order of the primary key. Text and octets have the same order in both
    databases and in Python.
    """
    places = _key_places(table)
    lefts, rights = iter(first), iter(second)
    left, right = next(lefts, None), next(rights, None)
    while left is not None or right is not None:
        left_key, right_key = _key(left, places), _key(right, places)
        if left is not None and left_key == right_key:
            if tuple(left) != tuple(right or ()):
                yield RowDifference(table, DifferenceKind.CHANGED, left_key, left)
            left, right = next(lefts, None), next(rights, None)
        elif left is not None and (right is None or left_key < right_key):
            yield RowDifference(table, DifferenceKind.MISSING, left_key, left)
            left = next(lefts, None)
        elif right is not None:
            yield RowDifference(table, DifferenceKind.EXTRA, right_key, right)
            right = next(rights, None)


def list_key_columns(table: str) -> tuple[str, ...]:
    """Return the names of the columns of a table's primary key."""
    return tuple(column.name for column in metadata.tables[table].primary_key)


def format_key(table: str, key: Key) -> str:
    """Return a primary key as text, for example `chain=host/cli, seq=7`."""
    columns = metadata.tables[table].primary_key
    return ", ".join(f"{column.name}={_text(column.type, value)}" for column, value in zip(columns, key, strict=True))


def _key_places(table: str) -> tuple[int, ...]:
    kept = SCOPE[table]
    columns = kept.columns if isinstance(kept, Kept) else ()
    return tuple(columns.index(name) for name in list_key_columns(table))


def _key(row: Row | None, places: Sequence[int]) -> Key:
    return () if row is None else tuple(row[place] for place in places)


def _text(kind: object, value: object) -> str:
    if not isinstance(value, bytes):
        return str(value)
    if isinstance(kind, Id):
        return str(UUID(bytes=value))
    if isinstance(kind, Serial):
        return f"{int.from_bytes(value, 'big'):x}"
    return value[:_SHOWN_OCTETS].hex() + ("…" if len(value) > _SHOWN_OCTETS else "")
