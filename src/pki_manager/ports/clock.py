"""The clock port. Only its implementation reads a clock."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """The clock of this host."""

    def now(self) -> datetime:
        """Return the current time, in UTC with time zone."""
        ...

    def monotonic(self) -> float:
        """Return seconds since an arbitrary moment, for deadlines and latencies. They never decrease."""
        ...

    def sleep(self, seconds: float) -> None: ...
