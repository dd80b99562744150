"""What several threads want at the same time, done by one of them for all: together it costs less than one by one.

Who comes while nobody is at it begins at once, alone. Who comes meanwhile waits, and is in the next round with all the
others that came: under load rounds are large, and idle nobody waits for company.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from threading import Lock
from types import TracebackType
from typing import Generic, TypeVar

from pki_manager.domain.errors import Fault, StorageUnavailable

T = TypeVar("T")

LARGEST = 64
"""As many as share a commit."""


@dataclass(slots=True)
class BatchItem:
    """What belongs to one of a round, its error too."""

    error: Exception | None = field(default=None, init=False)

    def step(self) -> AbstractContextManager[None]:
        """What goes wrong in it is this one's own: the others of the round go on."""
        return Step(self)


class Step(AbstractContextManager[None]):
    """Of one of a round; its error waits for the thread that wants to know."""

    def __init__(self, share: BatchItem) -> None:
        self._share = share

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if isinstance(error, Exception):
            self._share.error = error
            return True
        return False


class Batcher(Generic[T]):
    """Thread-safe. Rounds follow each other; what is in one was asked for in the order of arrival."""

    def __init__(self, largest: int = LARGEST) -> None:
        self._largest = largest
        self._mutex = Lock()
        self._waiting: deque[_Place[T]] = deque()
        self._is_busy = False

    def __len__(self) -> int:
        """How many are waiting, the round that is under way counted as one."""
        return len(self._waiting) + self._is_busy

    def join(self, item: T, work: Callable[[Sequence[T]], None]) -> None:
        """Until `work` was done for a round with `item` in it, by this thread or by another one's equal `work`.

        What belongs to one item, its errors too, `work` leaves with the item; what it raises, all of the round get, and
        who waits for the next one too where the database is held: nobody waits for it twice.
        """
        place = _Place(item)
        with self._mutex:
            self._waiting.append(place)
            place.leads = not self._is_busy
            self._is_busy = True
        if not place.leads:
            self._await_turn(place)
        if place.leads:
            self._lead(work)
        elif place.error is not None:
            raise place.error

    def _await_turn(self, place: _Place[T]) -> None:
        try:
            place.turn.acquire()
        except BaseException:  # interrupted: nobody may wait for this thread to lead
            with self._mutex:
                if place in self._waiting:
                    self._waiting.remove(place)
                if place.leads:
                    self._defer()
            raise

    def _lead(self, work: Callable[[Sequence[T]], None]) -> None:
        with self._mutex:
            places = [self._waiting.popleft() for _ in range(min(len(self._waiting), self._largest))]
        failure: Exception | None = Fault("whoever worked for all of a round was interrupted")
        try:
            work([place.item for place in places])
            failure = None
        except Exception as error:
            failure = error
            raise
        finally:
            with self._mutex:
                if isinstance(failure, StorageUnavailable) and failure.held:
                    places.extend(self._waiting)
                    self._waiting.clear()
                self._defer()
            for place in places[1:]:  # the first is this thread's own
                place.error = failure
                place.turn.release()

    def _defer(self) -> None:
        """The next in the queue leads; holding the mutex."""
        self._is_busy = bool(self._waiting)
        if self._waiting:
            self._waiting[0].leads = True
            self._waiting[0].turn.release()


class _Place(Generic[T]):
    """A thread in the queue: its turn comes when it is to lead, or when it has been served."""

    def __init__(self, item: T) -> None:
        self.item = item
        self.leads = False
        self.error: Exception | None = None
        self.turn = Lock()
        self.turn.acquire()
