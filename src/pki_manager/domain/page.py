"""A page of a list, with a cursor for the next one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")

MAX_LIMIT = 200


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page. `next_cursor` is opaque; None on the last page."""

    items: tuple[T, ...]
    next_cursor: str | None
