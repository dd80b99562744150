"""A limited number of threads for calls that can hang, so that each caller has a deadline."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from threading import Lock, Thread
from typing import Any, Generic, TypeVar

from pki_manager.domain.errors import BackendUnavailable

Seat = TypeVar("Seat")
T = TypeVar("T")


class Workers(Generic[Seat]):
    """A pool of `size` daemon threads, started when needed. Each has a separate seat.

    A call that hangs occupies its thread. If all threads hang, calls are refused at once.
    """

    def __init__(self, name: str, size: int, make_seat: Callable[[], Seat]) -> None:
        self._name = name
        self._size = size
        self._make_seat = make_seat
        self._queue: SimpleQueue[tuple[Future[Any], Callable[[Seat], Any]] | None] = SimpleQueue()
        self._lock = Lock()
        self._started = 0
        self._hanging = 0
        self._closed: Callable[[Seat], None] | None = None

    def run(self, job: Callable[[Seat], T], seconds: float) -> T:
        """Run a job in a thread and return its result. Raises what the job raises.

        Raises BackendUnavailable after `seconds`, or at once if all threads hang. A job that has not started by then is
        never started; a running job continues, but its result is dropped.
        """
        with self._lock:
            if self._closed is not None:
                raise BackendUnavailable(f"{self._name} was closed.")
            if self._hanging >= self._size:
                raise BackendUnavailable(f"{self._name} is unavailable: all of its sessions hang.", retry_after=5)
            if self._started < self._size:
                self._started += 1
                Thread(target=self._serve, name=self._name, daemon=True).start()
        future: Future[T] = Future()
        self._queue.put((future, job))
        try:
            return future.result(seconds)
        except TimeoutError:
            if not future.cancel():
                self._expect(future)
            message = f"{self._name} did not respond within {seconds:g} seconds."
            raise BackendUnavailable(message, retry_after=5, timed_out=True) from None

    def close(self, leave: Callable[[Seat], None]) -> None:
        """End the threads. Each calls `leave` with its seat. A thread that hangs ends when its call returns."""
        with self._lock:
            self._closed = leave
            for _ in range(self._started):
                self._queue.put(None)

    def _expect(self, future: Future[T]) -> None:
        """Count the thread of a call as hanging until the call returns."""
        with self._lock:
            self._hanging += 1
        future.add_done_callback(self._finished)

    def _finished(self, _future: Future[Any]) -> None:
        with self._lock:
            self._hanging -= 1

    def _serve(self) -> None:
        seat = self._make_seat()
        while (work := self._queue.get()) is not None:
            future, job = work
            if not future.set_running_or_notify_cancel():
                continue
            try:
                future.set_result(job(seat))
            except BaseException as error:  # noqa: BLE001 - raised in the waiting thread
                future.set_exception(error)
            del work, future, job
        if self._closed is not None:
            self._closed(seat)
