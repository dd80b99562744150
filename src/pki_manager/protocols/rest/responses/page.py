"""Response bodies of lists."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from pydantic import BaseModel

from pki_manager.domain.page import Page

T = TypeVar("T")
A = TypeVar("A", bound=BaseModel)


def build_page(page: Page[T], build: Callable[[T], A]) -> dict[str, Any]:
    """Return the two members of every list response: `items` and `next_cursor`."""
    return {"items": [build(item) for item in page.items], "next_cursor": page.next_cursor}
