"""A circuit breaker: calls to an unavailable key backend are refused for a while, then one call tests it."""

from __future__ import annotations

import math
from collections.abc import Callable
from threading import Lock
from typing import TypeVar

from pki_manager.domain.errors import BackendUnavailable
from pki_manager.ports.clock import Clock

THRESHOLD = 3
"""Number of consecutive failures that open the breaker. A single timeout (the fact `timed_out`) also opens it."""

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0
"""Shortest and longest pause in seconds without calls to the backend. The pause doubles after each failed test."""

T = TypeVar("T")


class Breaker:
    """A circuit breaker.

    Closed: calls pass. Open: calls fail until the pause ends, then one call tests the key backend.

    Only BackendUnavailable counts as a failure. An error with the fact `key` does not count, because it concerns only
    that key.
    """

    def __init__(self, name: str, clock: Clock) -> None:
        self._name = name
        self._clock = clock
        self._lock = Lock()
        self._failures = 0
        self._pause = 0.0
        self._open_until = 0.0
        self._probing = False
        self._reason = ""

    @property
    def is_open(self) -> bool:
        return self._failures >= THRESHOLD

    def call(self, ask: Callable[[], T], *, is_work: bool = True) -> T:
        """Return what `ask` returns. Raises BackendUnavailable with the time to wait while the breaker is open.

        A status query (`is_work` is false) closes an open breaker, but the next failure opens it again, because a key
        backend can report that it is healthy and still fail to sign.
        """
        self._enter()
        try:
            answer = ask()
        except BackendUnavailable as error:
            if "key" in error.facts:
                self._answered(is_work=is_work)
            else:
                self._failed(error)
            raise
        except BaseException:
            self._answered(is_work=is_work)
            raise
        self._answered(is_work=is_work)
        return answer

    def require_ready(self) -> None:
        """Raise BackendUnavailable while the breaker would refuse a call."""
        with self._lock:
            self._require_ready()

    def _require_ready(self) -> None:
        if not self.is_open:
            return
        wait = self._open_until - self._clock.monotonic()
        if wait > 0 or self._probing:
            raise BackendUnavailable(
                f"Key backend {self._name!r} is unavailable. {self._reason}",
                retry_after=max(1, math.ceil(wait)),
                reason=self._reason,
            )

    def _enter(self) -> None:
        with self._lock:
            self._require_ready()
            self._probing = self.is_open

    def _answered(self, *, is_work: bool) -> None:
        with self._lock:
            was_open, self._probing = self.is_open, False
            if is_work:
                self._failures, self._pause = 0, 0.0
            elif was_open:
                self._failures = THRESHOLD - 1

    def _failed(self, failure: BackendUnavailable) -> None:
        with self._lock:
            was_open, was_probe, self._probing = self.is_open, self._probing, False
            self._failures = THRESHOLD if "timed_out" in failure.facts else self._failures + 1
            self._reason = failure.detail
            if self.is_open and (was_probe or not was_open):
                self._pause = min(max(FIRST_PAUSE, self._pause * 2), LONGEST_PAUSE)
                self._open_until = self._clock.monotonic() + self._pause
