"""A clock that stands still until it is told otherwise."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from threading import Lock

from pki_manager.system import SystemClock

START = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


class FrozenClock:
    """Implements ports.clock.Clock: wall time and monotonic time move together, by `advance` and `sleep` only."""

    def __init__(self, start: datetime = START) -> None:
        self._now = start
        self._monotonic = 1000.0
        self._lock = Lock()

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._monotonic

    def sleep(self, seconds: float) -> None:
        """The time has passed; other threads get a moment, for it is them that one waits for."""
        time.sleep(min(seconds, 0.02))
        self.advance(timedelta(seconds=seconds))

    def advance(self, by: timedelta) -> None:
        with self._lock:
            self._now += by
            self._monotonic += by.total_seconds()

    def set(self, moment: datetime) -> None:
        """Move the wall clock only, as an administrator or NTP does."""
        with self._lock:
            self._now = moment


class WaitingClock(FrozenClock):
    """Wall time stands still; waiting takes real time, because threads wait for each other."""

    monotonic = SystemClock.monotonic
    sleep = SystemClock.sleep
