"""A bulkhead for work that takes much processor time, so that one caller cannot use all of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from pki_manager.domain.rights.actor import Actor, ActorKind
from pki_manager.protocols.rest.fast.bulkhead import Bulkhead

MAX_RUNNING = 2
MAX_WAITING = 32
MAX_WAITING_OF_CALLER = 8
"""Maximum number of waiting requests of one caller, not counting the running one."""

WAIT_SECONDS = 25.0
"""Maximum seconds in each of the two queues: the response comes within the minute after which clients give up."""

_DETAIL = "Too many requests that need much processor time are in progress."


class CallerBulkhead:
    """Limit of one running request for each caller, and of `max_running` in total. Others wait without a thread.

    For one event loop. The requests of one caller wait for each other. Another caller waits for at most one request of
    each other caller.
    """

    def __init__(
        self,
        max_running: int = MAX_RUNNING,
        max_waiting: int = MAX_WAITING,
        max_waiting_of_caller: int = MAX_WAITING_OF_CALLER,
        seconds: float = WAIT_SECONDS,
    ) -> None:
        self._all = Bulkhead(max_running, max_waiting, seconds, _DETAIL)
        self._max_waiting_of_caller = max_waiting_of_caller
        self._seconds = seconds
        self._by_caller: dict[str, Bulkhead] = {}

    @property
    def waiting(self) -> int:
        return self._all.waiting + sum(own.waiting for own in self._by_caller.values())

    @asynccontextmanager
    async def acquire(self, caller: str) -> AsyncIterator[None]:
        """Wait for a slot of the caller, and hold it for the duration of the context.

        Raises TooManyAttempts if a queue is full or the wait takes too long.
        """
        own = self._by_caller.setdefault(caller, Bulkhead(1, self._max_waiting_of_caller, self._seconds, _DETAIL))
        try:
            async with own.acquire(), self._all.acquire():
                yield
        finally:
            if own.is_unused:
                self._by_caller.pop(caller, None)


def build_caller_key(actor: Actor) -> str:
    """Return the key of a caller's limits: one for all tokens and sessions of a user; the address if anonymous."""
    return f"peer:{actor.peer}" if actor.kind is ActorKind.ANONYMOUS else actor.owner
