"""Turns at what costs memory and time: a few work at once, the next wait in line, and only who is beyond it is refused.

Nobody is refused for coming with many others, be they behind one address: guessing is the throttle's matter.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from anyio import CapacityLimiter, fail_after

from pki_manager.domain.errors import TooManyAttempts

AT_ONCE = 2
"""A hash takes 64 MiB."""

PLACES = 200
"""Who waits holds a connection and a small body, and no thread that another request could need."""

WAIT_SECONDS = 50.0
"""A minute is what proxies and people wait for an answer."""

_RETRY_SECONDS = 10


class Bulkhead:
    """First come, first served, of one event loop."""

    def __init__(
        self,
        at_once: int = AT_ONCE,
        places: int = PLACES,
        seconds: float = WAIT_SECONDS,
        detail: str = "Too many users are signing in.",
    ) -> None:
        """`detail` is the first sentence for the caller who is refused."""
        self._limiter = CapacityLimiter(at_once)
        self._places = places
        self._seconds = seconds
        self._detail = detail

    @property
    def waiting(self) -> int:
        """How many are in line."""
        return self._limiter.statistics().tasks_waiting

    @property
    def is_unused(self) -> bool:
        return not self._limiter.borrowed_tokens and not self.waiting

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """TooManyAttempts when the line is full, or the turn did not come in time."""
        mine = object()
        if self._limiter.available_tokens <= 0 and self.waiting >= self._places:
            raise self._too_many()
        try:
            with fail_after(self._seconds):
                await self._limiter.acquire_on_behalf_of(mine)
        except TimeoutError:
            raise self._too_many() from None
        try:
            yield
        finally:
            self._limiter.release_on_behalf_of(mine)

    def _too_many(self) -> TooManyAttempts:
        return TooManyAttempts(f"{self._detail} Retry after {_RETRY_SECONDS} s.", retry_after=_RETRY_SECONDS)
