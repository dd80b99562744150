"""A bulkhead for work that costs memory and time: few requests run at once, others queue, a full queue rejects more.

It does not distinguish callers. `throttle` limits sign-in attempts.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from anyio import CapacityLimiter, fail_after

from pki_manager.domain.errors import TooManyAttempts

MAX_RUNNING = 2
"""Maximum number of requests that run at once. A password hash takes 46 MiB."""

MAX_WAITING = 200
"""Maximum number of requests in the queue. Each holds a connection and a small body, but no thread."""

WAIT_SECONDS = 50.0
"""Maximum seconds in the queue. Proxies and people wait about a minute for a response."""

_RETRY_SECONDS = 10


class Bulkhead:
    """Limit on concurrent requests of one event loop. Requests are served in the order of their arrival."""

    def __init__(
        self,
        max_running: int = MAX_RUNNING,
        max_waiting: int = MAX_WAITING,
        seconds: float = WAIT_SECONDS,
        detail: str = "Too many users are signing in.",
    ) -> None:
        """`detail` is the first sentence of the error that a rejected caller gets."""
        self._limiter = CapacityLimiter(max_running)
        self._max_waiting = max_waiting
        self._seconds = seconds
        self._detail = detail

    @property
    def waiting(self) -> int:
        """Return the number of requests in the queue."""
        return self._limiter.statistics().tasks_waiting

    @property
    def is_unused(self) -> bool:
        return not self._limiter.borrowed_tokens and not self.waiting

    @asynccontextmanager
    async def acquire(self) -> AsyncIterator[None]:
        """Wait for a slot, and hold it for the duration of the context.

        Raises TooManyAttempts if the queue is full or the wait takes too long.
        """
        borrower = object()
        if self._limiter.available_tokens <= 0 and self.waiting >= self._max_waiting:
            raise self._too_many()
        try:
            with fail_after(self._seconds):
                await self._limiter.acquire_on_behalf_of(borrower)
        except TimeoutError:
            raise self._too_many() from None
        try:
            yield
        finally:
            self._limiter.release_on_behalf_of(borrower)

    def _too_many(self) -> TooManyAttempts:
        return TooManyAttempts(f"{self._detail} Retry after {_RETRY_SECONDS} s.", retry_after=_RETRY_SECONDS)
