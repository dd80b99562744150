"""The clock port. No other module reads a clock."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """The clock of this host."""

    def now(self) -> datetime:
        """Return the time, in UTC with time zone."""
        ...

    def monotonic(self) -> float:
        """Return seconds from an arbitrary start that never go back, for deadlines and latencies."""
        ...

    def sleep(self, seconds: float) -> None: ...
