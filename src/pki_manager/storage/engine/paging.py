"""Pages of lists by key, and their cursors: opaque text with the sort key of the last row and a checksum."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, TypeVar
from uuid import UUID

import sqlalchemy as sa

from pki_manager.domain.errors import InvalidInput, Malformed
from pki_manager.domain.page import MAX_LIMIT, Page
from pki_manager.storage.engine.transaction import Transaction

T = TypeVar("T")
Key = tuple[str | int, ...]

_CHECKSUM_OCTETS = 6


def limit_page(limit: int) -> int:
    """Return `limit`, but at most MAX_LIMIT. Raises InvalidInput if it is less than 1."""
    if limit < 1:
        raise InvalidInput.of("limit", "limit.range", "must be at least 1")
    return min(limit, MAX_LIMIT)


def encode_cursor(key: Key) -> str:
    """Return a cursor: checksum and JSON of the key, as Base64url without padding."""
    payload = json.dumps(key, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(_checksum(payload) + payload).rstrip(b"=").decode()


def decode_cursor(cursor: str, *types: type[str] | type[int]) -> Key:
    """Return the key in a cursor. Raises Malformed if the cursor is invalid or its members do not have these types."""
    key = None
    with suppress(ValueError, RecursionError):  # not ASCII, not base64, not JSON, JSON without end
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        checksum, payload = raw[:_CHECKSUM_OCTETS], raw[_CHECKSUM_OCTETS:]
        key = json.loads(payload) if checksum == _checksum(payload) else None
    if not isinstance(key, list) or [type(part) for part in key] != list(types):
        raise Malformed.of("cursor", "cursor.form", "is not a cursor of this list")
    return tuple(key)


def encode_id(value: UUID) -> str:
    """Return a cursor for a list that is ordered by ID."""
    return encode_cursor((value.hex,))


def decode_id(cursor: str) -> UUID:
    """Return the ID in a cursor of a list that is ordered by ID. Raises Malformed if the cursor is invalid."""
    (text,) = decode_cursor(cursor, str)
    try:
        return UUID(hex=str(text))
    except ValueError:
        raise Malformed.of("cursor", "cursor.form", "is not a cursor of this list") from None


def read_page_by_id(
    transaction: Transaction,
    statement: sa.Select[Any],
    column: sa.Column[UUID],
    *,
    cursor: str | None,
    limit: int,
    value_of: Callable[[sa.Row[Any]], T],
    newest_first: bool = True,
) -> Page[T]:
    """Return one page of the rows of `statement`, ordered by an ID column that the rows have as `id`."""
    size = limit_page(limit)
    if cursor is not None:
        last = decode_id(cursor)
        statement = statement.where(column < last if newest_first else column > last)
    ordered = statement.order_by(column.desc() if newest_first else column).limit(size + 1)
    page = build_page(transaction.rows(ordered), size, lambda row: encode_id(row.id))
    return Page(tuple(value_of(row) for row in page.items), page.next_cursor)


def build_page(items: Sequence[T], limit: int, cursor_of: Callable[[T], str]) -> Page[T]:
    """Return a page of at most `limit` items. `items` contains one more than `limit` if another page follows."""
    kept = tuple(items[:limit])
    return Page(kept, cursor_of(kept[-1]) if len(items) > limit else None)


def _checksum(payload: bytes) -> bytes:
    return hashlib.sha256(payload).digest()[:_CHECKSUM_OCTETS]
