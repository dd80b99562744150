"""Work that comes at once, between the event loop and its threads: one thread does it for all.

A round begins as soon as nobody else is on the way through the event loop; what comes while it is done is the next
one. So the interpreter changes threads twice a round, and not several times an item, and nobody waits for a clock.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Generic, NamedTuple, TypeVar

from pki_manager.domain.errors import StorageUnavailable

T = TypeVar("T")
R = TypeVar("R")

LARGEST = 64

CALM = 4
"""Turns of the event loop without anybody new after which a round begins: a request takes some to get here.

Without them the half that was answered last would always be one round, and the other half the next.
"""


class Rounds(Generic[T, R]):
    """All methods belong to one event loop's thread.

    `together` is called in a thread of its own. It gives for each item what it came to, or its error; None for what
    would hold up the others and has to be done alone. What it raises is everybody's; where the database is held also of
    those who wait for the next round: nobody waits for it twice.
    """

    def __init__(self, together: Callable[[Sequence[T]], Sequence[R | Exception | None]], name: str) -> None:
        """`name` is that of the thread."""
        self._together = together
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=name)
        self._waiting: list[_Place[T, R]] = []
        self._is_busy = False

    def close(self) -> None:
        """Let go of the thread; what is under way still comes to its end."""
        self._thread.shutdown(wait=False)

    async def join(self, item: T) -> R | None:
        """What `together` gives or raises for the item; None when it has to be done alone."""
        place: _Place[T, R] = _Place(item, asyncio.get_running_loop().create_future())
        self._waiting.append(place)
        if not self._is_busy:
            self._gather()
        return await place.outcome

    def _gather(self) -> None:
        """Begin when those who are on their way have arrived."""
        self._is_busy = True
        self._look(0, CALM)

    def _look(self, seen: int, turns: int) -> None:
        """`seen` were waiting at the last look, and so many `turns` without anybody new are left."""
        here = len(self._waiting)
        if here >= LARGEST or (here == seen and turns == 0):
            self._begin()
        else:
            asyncio.get_running_loop().call_soon(self._look, here, turns - 1 if here == seen else CALM)

    def _begin(self) -> None:
        places, self._waiting = self._waiting[:LARGEST], self._waiting[LARGEST:]
        items = [place.item for place in places]
        try:
            work = asyncio.get_running_loop().run_in_executor(self._thread, self._together, items)
        except RuntimeError as closed:
            places, self._waiting, self._is_busy = [*places, *self._waiting], [], False
            _tell(places, [closed] * len(places))
            return
        work.add_done_callback(partial(self._end, places))

    def _end(self, places: Sequence[_Place[T, R]], work: asyncio.Future[Sequence[R | Exception | None]]) -> None:
        self._is_busy = False
        failure = work.exception()
        if isinstance(failure, StorageUnavailable) and failure.held:
            places, self._waiting = [*places, *self._waiting], []
        if self._waiting:
            self._gather()
        _tell(places, work.result() if failure is None else [failure] * len(places))


class _Place(NamedTuple, Generic[T, R]):
    item: T
    outcome: asyncio.Future[R | None]


def _tell(places: Sequence[_Place[T, R]], outcomes: Sequence[R | BaseException | None]) -> None:
    for place, outcome in zip(places, outcomes, strict=True):
        if place.outcome.done():  # the client went away
            continue
        if isinstance(outcome, BaseException):
            place.outcome.set_exception(outcome)
        else:
            place.outcome.set_result(outcome)
