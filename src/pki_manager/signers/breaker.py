"""A circuit breaker: a backend that is away is not asked by everybody, and one caller finds out when it is back."""

from __future__ import annotations

import math
from collections.abc import Callable
from threading import Lock
from typing import TypeVar

from pki_manager.domain.errors import BackendUnavailable
from pki_manager.ports.clock import Clock

THRESHOLD = 3
"""Failures in a row that open it; one that took all the time it had (the fact `timed_out`) is enough."""

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0
"""Seconds for which nobody asks: twice as long after each probe that failed."""

T = TypeVar("T")


class Breaker:
    """Closed, every caller asks. Open, none does until the pause is over; then one does, and its answer decides.

    Only BackendUnavailable counts, and not with the fact `key`, which is about that key alone. Any other end of a call
    is an answer.
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
        """What `ask` gives. BackendUnavailable, unasked, with the time to wait while the breaker is open.

        A look that is no work closes an open breaker, but the next failure opens it again: a backend can be healthy by
        its own account and sign nothing.
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
        """BackendUnavailable while a call would be refused."""
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
