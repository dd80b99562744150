"""The ID of the HTTP request that the current thread works for, for the log."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

CURRENT_REQUEST: ContextVar[str | None] = ContextVar("current_request", default=None)
"""ID of the current HTTP request, also in the threads that the request starts."""


@contextmanager
def set_current_request(request_id: str | None) -> Iterator[None]:
    """Set the current request ID within the `with` block. None means no request."""
    token = CURRENT_REQUEST.set(request_id)
    try:
        yield
    finally:
        CURRENT_REQUEST.reset(token)
