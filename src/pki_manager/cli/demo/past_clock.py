"""A clock that runs in the past, and catches up with the present in steps."""

from __future__ import annotations

from datetime import datetime, timedelta

from pki_manager.ports.clock import Clock

_NO_LAG = timedelta()


class PastClock:
    """A clock (`ports.clock.Clock`) that is `lag` behind another one. Between the steps both run at the same speed."""

    def __init__(self, clock: Clock, lag: timedelta) -> None:
        self._clock = clock
        self._lag = lag
        self._skipped = _NO_LAG

    def now(self) -> datetime:
        return self._clock.now() - self._lag

    def monotonic(self) -> float:
        return self._clock.monotonic() + self._skipped.total_seconds()

    def sleep(self, seconds: float) -> None:
        self._clock.sleep(seconds)

    def skip_to(self, moment: datetime) -> None:
        """Move the clock forward to that time, at most to the present. An earlier time changes nothing."""
        step = min(max(moment - self.now(), _NO_LAG), self._lag)
        self._lag -= step
        self._skipped += step

    def catch_up(self) -> None:
        """Move the clock forward to the present."""
        self.skip_to(self._clock.now())
