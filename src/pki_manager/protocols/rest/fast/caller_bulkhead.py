"""Turns at work that costs processor time, of which one caller cannot take all."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from pki_manager.domain.rights.actor import Actor, ActorKind
from pki_manager.protocols.rest.fast.bulkhead import Bulkhead

AT_ONCE = 2
PLACES = 32
PLACES_OF_ONE = 8
"""Requests of one caller that wait, apart from the one that is worked on."""

WAIT_SECONDS = 25.0
"""For each of the two queues, so that a response comes within the minute after which clients give up."""

_DETAIL = "Too many requests that need much processor time are in progress."


class CallerTurns:
    """One request of a caller at a time, and `at_once` of all callers; the next wait without a thread.

    Belongs to one event loop. A caller with many requests waits for their own, and another caller waits for one
    request of each other caller at most.
    """

    def __init__(
        self,
        at_once: int = AT_ONCE,
        places: int = PLACES,
        places_of_one: int = PLACES_OF_ONE,
        seconds: float = WAIT_SECONDS,
    ) -> None:
        self._all = Bulkhead(at_once, places, seconds, _DETAIL)
        self._places_of_one = places_of_one
        self._seconds = seconds
        self._by_caller: dict[str, Bulkhead] = {}

    @property
    def waiting(self) -> int:
        return self._all.waiting + sum(turns.waiting for turns in self._by_caller.values())

    @asynccontextmanager
    async def turn(self, caller: str) -> AsyncIterator[None]:
        """Raise TooManyAttempts if too many requests wait already, or the turn does not come in time."""
        own = self._by_caller.setdefault(caller, Bulkhead(1, self._places_of_one, self._seconds, _DETAIL))
        try:
            async with own.turn(), self._all.turn():
                yield
        finally:
            if own.is_unused:
                self._by_caller.pop(caller, None)


def caller_key(actor: Actor) -> str:
    """Return who shares limits: a user with all of their tokens and sessions; a peer for anonymous requests."""
    return f"peer:{actor.peer}" if actor.kind is ActorKind.ANONYMOUS else actor.owner
