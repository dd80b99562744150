"""Batching of calls from several threads: one thread does the work of all waiting calls.

A call starts at once if no batch is running. Calls that arrive in the meantime wait and form the next batch: batches
are large under load, and an idle system delays no caller.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from threading import Lock
from typing import Generic, TypeVar

from pki_manager.domain.errors import Fault, StorageUnavailable

T = TypeVar("T")
R = TypeVar("R")

LARGEST = 64
"""Maximum number of items that share a commit."""


class Batcher(Generic[T, R]):
    """A queue of items whose work is done in batches, one batch after the other. Thread-safe."""

    def __init__(self, largest: int = LARGEST) -> None:
        self._largest = largest
        self._mutex = Lock()
        self._waiting: deque[_Place[T, R]] = deque()
        self._is_busy = False

    def __len__(self) -> int:
        """Return the number of waiting items, plus one if a batch is running."""
        return len(self._waiting) + self._is_busy

    def join(self, item: T, work: Callable[[Sequence[T]], Sequence[R | Exception]]) -> R:
        """Return the result of the item after `work` ran for a batch that contains it.

        `work` runs in this thread, or in another that passed an equal one. It returns a result or an error for each
        item; an error is raised here. An error that `work` itself raises is raised for every item of the batch. If it
        is StorageUnavailable with `held`, it is also raised for all threads that wait for the next batch.
        """
        place: _Place[T, R] = _Place(item)
        with self._mutex:
            self._waiting.append(place)
            place.leads = not self._is_busy
            self._is_busy = True
        if not place.leads:
            self._await_turn(place)
        if place.leads:
            self._lead(work)
        if isinstance(place.outcome, Exception):
            raise place.outcome
        return place.outcome

    def _await_turn(self, place: _Place[T, R]) -> None:
        try:
            place.turn.acquire()
        except BaseException:  # interrupted: no other thread may wait for this one to lead
            with self._mutex:
                if place in self._waiting:
                    self._waiting.remove(place)
                if place.leads:
                    self._pass_lead()
            raise

    def _lead(self, work: Callable[[Sequence[T]], Sequence[R | Exception]]) -> None:
        with self._mutex:
            places = [self._waiting.popleft() for _ in range(min(len(self._waiting), self._largest))]
        failure: Exception = Fault("The thread that ran the batch was interrupted.")
        outcomes: Sequence[R | Exception] | None = None
        try:
            outcomes = work([place.item for place in places])
        except Exception as error:  # noqa: BLE001 - it is raised in each thread of the batch
            failure = error
        finally:
            with self._mutex:
                if outcomes is None and isinstance(failure, StorageUnavailable) and failure.held:
                    places.extend(self._waiting)
                    self._waiting.clear()
                self._pass_lead()
            for place, outcome in zip(places, outcomes or [failure] * len(places), strict=True):
                place.outcome = outcome
                place.turn.release()

    def _pass_lead(self) -> None:
        """Make the next thread in the queue lead. The caller holds the mutex."""
        self._is_busy = bool(self._waiting)
        if self._waiting:
            self._waiting[0].leads = True
            self._waiting[0].turn.release()


class _Place(Generic[T, R]):
    """A thread in the queue, with its item. `turn` is released when the thread must lead or its outcome is there."""

    def __init__(self, item: T) -> None:
        self.item = item
        self.leads = False
        self.outcome: R | Exception = Fault("A thread of a batch continued before its result was available.")
        self.turn = Lock()
        self.turn.acquire()
