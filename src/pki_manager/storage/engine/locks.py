"""Fair locks: between the threads of a process, and between the processes that share a SQLite file."""

from __future__ import annotations

import fcntl
import os
import time
from collections import deque
from pathlib import Path
from threading import Lock, get_ident

from pki_manager.domain.errors import StorageUnavailable

PATIENCE_SECONDS = 10.0
"""Seconds that a caller waits for the database before it is considered unavailable."""

_POLL_SECONDS = 0.0005


class FairLock:
    """A lock that threads get in the order of arrival.

    `holder` is the thread that has the lock or that the lock was just passed to.
    """

    def __init__(self) -> None:
        self.holder: int | None = None
        self._mutex = Lock()
        self._queue: deque[tuple[int, Lock]] = deque()

    def enter(self, patience: float) -> None:
        """Acquire the lock. Raises StorageUnavailable after `patience` seconds.

        If this call is interrupted by an exception, the caller must check whether its thread became the holder.
        """
        me = get_ident()
        with self._mutex:
            if self.holder is None:
                self.holder = me
                return
            place = (me, Lock())
            place[1].acquire()
            self._queue.append(place)
        try:
            has_turn = place[1].acquire(timeout=patience)
        except BaseException:
            self._give_up(place)
            raise
        if not has_turn and self._give_up(place):
            raise StorageUnavailable(
                "Too many requests are waiting for the database. Retry later.", held=True, retry_after=1
            )

    def _give_up(self, place: tuple[int, Lock]) -> bool:
        """Leave the queue. Returns False if the thread has got the lock in the meantime."""
        with self._mutex:
            if place in self._queue:
                self._queue.remove(place)
                return True
            return False

    def defer(self) -> bool:
        """Pass the lock to the next waiting thread. Returns False, and does nothing, if none waits."""
        with self._mutex:
            if not self._queue:
                return False
            self.holder, turn = self._queue.popleft()
            turn.release()
            return True

    def leave(self) -> None:
        with self._mutex:
            if self._queue:
                self.holder, turn = self._queue.popleft()
                turn.release()
            else:
                self.holder = None


class InterProcessLock:
    """A fair write lock among processes. SQLite's busy handler is unfair, because it sleeps between attempts.

    The lock consists of two `flock`s. The holder of the outer one waits for the inner one, and then releases the outer
    one. A process that returns at once finds the outer one locked by the process whose turn is next.
    """

    def __init__(self, path: Path) -> None:
        """Open the two lock files, `path` and `path` + `.door`, created with mode 0600 if missing."""
        self._floor = _open(path)
        self._door = _open(path.with_name(path.name + ".door"))

    def enter(self, patience: float) -> None:
        """Acquire the lock. Raises StorageUnavailable after `patience` seconds, for example if a process hangs."""
        times = _flock(self._door, round(patience / _POLL_SECONDS))
        try:
            _flock(self._floor, times)
        finally:
            fcntl.flock(self._door, fcntl.LOCK_UN)

    def leave(self) -> None:
        fcntl.flock(self._floor, fcntl.LOCK_UN)

    def close(self) -> None:
        os.close(self._floor)
        os.close(self._door)


def _open(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def _flock(descriptor: int, times: int) -> int:
    """Acquire an `flock` within `times` attempts. Returns the number of remaining attempts.

    Raises StorageUnavailable if no attempt is left.
    """
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            times -= 1
            if times <= 0:
                raise StorageUnavailable(
                    "The database is locked by another process. Retry.", held=True, retry_after=1
                ) from None
            time.sleep(_POLL_SECONDS)
        else:
            return times
