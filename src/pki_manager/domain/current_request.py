"""Which request is being worked on: for the log, whichever thread does the work and for how many at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

CURRENT_REQUEST: ContextVar[str | None] = ContextVar("current_request", default=None)
"""Its id, also in the threads that it starts."""


@contextmanager
def working_for(request_id: str | None) -> Iterator[None]:
    """What happens in it is that request's, none's for None."""
    token = CURRENT_REQUEST.set(request_id)
    try:
        yield
    finally:
        CURRENT_REQUEST.reset(token)
