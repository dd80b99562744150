"""Statistics of one process' calls to a key backend: signatures, durations, and failures."""

from __future__ import annotations

import statistics
from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock

from pki_manager.ports.clock import Clock
from pki_manager.ports.signer import BackendUse, UseOfMinute

REMEMBERED = 64
"""Number of most recent signatures from which the median latency is computed."""

MINUTES = 60
"""Number of past minutes with separate statistics."""


@dataclass(slots=True)
class _Minute:
    number: int
    signatures: int = 0
    failures: int = 0
    seconds: float = 0.0
    slowest: float = 0.0


class UseMemory:
    """The statistics of one key backend. Thread-safe."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = Lock()
        self._latencies: deque[float] = deque(maxlen=REMEMBERED)
        self._minutes: deque[_Minute] = deque(maxlen=MINUTES)
        self._signatures, self._failures, self._seconds = 0, 0, 0.0
        self._last_error: tuple[str, datetime] | None = None

    def signed(self, seconds: float, count: int = 1) -> None:
        """Add `count` signatures that each took `seconds`."""
        with self._lock:
            self._signatures += count
            self._seconds += seconds * count
            self._latencies.extend([seconds] * count)
            minute = self._this_minute()
            minute.signatures += count
            minute.seconds += seconds * count
            minute.slowest = max(minute.slowest, seconds)

    def failed(self, detail: str) -> None:
        """Add a call that failed, with its reason."""
        with self._lock:
            self._failures += 1
            self._last_error = detail, self._clock.now()
            self._this_minute().failures += 1

    def snapshot(self) -> BackendUse:
        with self._lock:
            error, at = self._last_error or (None, None)
            return BackendUse(
                signatures=self._signatures,
                failures=self._failures,
                seconds=self._seconds,
                milliseconds=_milliseconds(statistics.median(self._latencies)) if self._latencies else None,
                last_error=error,
                last_error_at=at,
                minutes=tuple(map(self._snapshot_minute, self._recent())),
            )

    def _this_minute(self) -> _Minute:
        number = self._number()
        if not self._minutes or self._minutes[-1].number != number:
            self._minutes.append(_Minute(number))
        return self._minutes[-1]

    def _recent(self) -> list[_Minute]:
        oldest = self._number() - MINUTES
        return [minute for minute in self._minutes if minute.number > oldest]

    def _number(self) -> int:
        return int(self._clock.monotonic() // 60)

    def _snapshot_minute(self, minute: _Minute) -> UseOfMinute:
        """Return the statistics of a minute.

        Minutes are counted with the monotonic clock, which cannot be set. The start of the minute is computed with the
        system clock.
        """
        ago = timedelta(seconds=self._clock.monotonic() - minute.number * 60)
        return UseOfMinute(
            start=(self._clock.now() - ago).replace(microsecond=0),
            signatures=minute.signatures,
            failures=minute.failures,
            milliseconds=_milliseconds(minute.seconds / minute.signatures) if minute.signatures else None,
            slowest=_milliseconds(minute.slowest) if minute.signatures else None,
        )


def _milliseconds(seconds: float) -> float:
    return round(seconds * 1000, 3)
