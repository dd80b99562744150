"""Batching of requests on an event loop: one thread handles all requests that arrive at the same time.

A batch begins once no other request is being received. Requests that arrive while a batch runs form the next one. The
interpreter then switches threads twice for each batch instead of several times for each request, and no request waits
for a timer.
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
"""Maximum number of items in a batch."""

QUIET_TURNS = 4
"""Turns of the event loop without a new item before a batch begins: a request takes several turns to arrive.

Without them, clients that send their next request after a response would form two alternating half-full batches.
"""

Work = Callable[[Sequence[T]], Sequence[R | Exception | None]]
"""Returns a result or an error for each item; None if it would delay the others and must be handled alone."""


class AsyncBatcher(Generic[T, R]):
    """A batcher of one event loop; all methods are called in its thread.

    `work` runs in a separate thread. An error that it raises is raised for every item of the batch and, if another
    process holds the database lock, also for the items that wait for the next batch.
    """

    def __init__(self, work: Work[T, R], name: str) -> None:
        """Create a batcher. `name` is the name of its thread."""
        self._work = work
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=name)
        self._waiting: list[_Place[T, R]] = []
        self._is_busy = False

    def close(self) -> None:
        """Release the thread after the batch in progress."""
        self._thread.shutdown(wait=False)

    async def join(self, item: T) -> R | None:
        """Return what `work` returns for the item, or raise its error. None if the item must be handled alone."""
        place: _Place[T, R] = _Place(item, asyncio.get_running_loop().create_future())
        self._waiting.append(place)
        if not self._is_busy:
            self._is_busy = True
            self._await_quiet(0, QUIET_TURNS)
        return await place.outcome

    def _await_quiet(self, seen: int, turns: int) -> None:
        """Begin a batch once no item has come for `turns` turns of the loop. `seen`: items at the last turn."""
        waiting = len(self._waiting)
        if waiting >= LARGEST or (waiting == seen and turns == 0):
            self._begin()
        else:
            left = turns - 1 if waiting == seen else QUIET_TURNS
            asyncio.get_running_loop().call_soon(self._await_quiet, waiting, left)

    def _begin(self) -> None:
        places, self._waiting = self._waiting[:LARGEST], self._waiting[LARGEST:]
        items = [place.item for place in places]
        try:
            running = asyncio.get_running_loop().run_in_executor(self._thread, self._work, items)
        except RuntimeError as closed:
            places, self._waiting, self._is_busy = [*places, *self._waiting], [], False
            _deliver(places, [closed] * len(places))
            return
        running.add_done_callback(partial(self._end, places))

    def _end(self, places: Sequence[_Place[T, R]], running: asyncio.Future[Sequence[R | Exception | None]]) -> None:
        failure = running.exception()
        if isinstance(failure, StorageUnavailable) and failure.held:
            places, self._waiting = [*places, *self._waiting], []
        self._is_busy = bool(self._waiting)
        if self._is_busy:
            self._await_quiet(0, QUIET_TURNS)
        _deliver(places, running.result() if failure is None else [failure] * len(places))


class _Place(NamedTuple, Generic[T, R]):
    item: T
    outcome: asyncio.Future[R | None]


def _deliver(places: Sequence[_Place[T, R]], outcomes: Sequence[R | BaseException | None]) -> None:
    for place, outcome in zip(places, outcomes, strict=True):
        if place.outcome.done():  # the client closed the connection
            continue
        if isinstance(outcome, BaseException):
            place.outcome.set_exception(outcome)
        else:
            place.outcome.set_result(outcome)
