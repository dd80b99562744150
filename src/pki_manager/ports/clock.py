"""Time, injected. Nothing else in the tree reads a clock."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    def now(self) -> datetime:
        """Wall time, timezone-aware UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds from an arbitrary start, never going back; for deadlines and latencies."""
        ...

    def sleep(self, seconds: float) -> None: ...
