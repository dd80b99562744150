"""Slots for work that takes long, shared by the networks that the requests come from."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


class NoSlot(Exception):
    """No slot became free in time, or too many requests wait already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotLimits:
    """Limits of slots. `running` hold a slot at the same time, of which `running_of_one` can be of one network.

    `waiting` others wait for one, of which `waiting_of_one` can be of one network, each for at most `seconds`.
    """

    running: int
    running_of_one: int
    waiting: int
    waiting_of_one: int
    seconds: float


@dataclass(frozen=True, slots=True, eq=False)
class _Ticket:
    """A place in the queue. Tickets are compared by identity."""

    network: str


class FairSlots:
    """Slots that are given to the network that holds the fewest, and within it in the order of arrival. Thread-safe."""

    def __init__(self, limits: SlotLimits) -> None:
        self._limits = limits
        self._changed = threading.Condition()
        self._held: Counter[str] = Counter()
        self._queue: list[_Ticket] = []

    @property
    def waiting(self) -> int:
        """Return the number of requests that wait for a slot."""
        with self._changed:
            return len(self._queue)

    @contextmanager
    def acquire(self, network: str) -> Iterator[None]:
        """Wait for a slot, and hold it for the duration of the context.

        Raises NoSlot if none becomes free in time, or if too many requests wait, in total or of the same network.
        """
        ticket = _Ticket(network)
        with self._changed:
            self._enter(ticket)
        try:
            yield
        finally:
            with self._changed:
                self._held[network] -= 1
                self._held += Counter()  # without the networks that hold none
                self._changed.notify_all()

    def _enter(self, ticket: _Ticket) -> None:
        self._queue.append(ticket)
        try:
            if self._find_next() is not ticket:
                self._require_room(ticket)
            if not self._changed.wait_for(lambda: self._find_next() is ticket, self._limits.seconds):
                raise NoSlot
            self._held[ticket.network] += 1
        finally:
            self._queue.remove(ticket)
            self._changed.notify_all()

    def _require_room(self, ticket: _Ticket) -> None:
        of_one = sum(one.network == ticket.network for one in self._queue)
        if len(self._queue) > self._limits.waiting or of_one > self._limits.waiting_of_one:
            raise NoSlot

    def _find_next(self) -> _Ticket | None:
        """Return the request that gets a slot now, if one is free."""
        if self._held.total() >= self._limits.running:
            return None
        permitted = [one for one in self._queue if self._held[one.network] < self._limits.running_of_one]
        return min(permitted, key=lambda one: self._held[one.network], default=None)
