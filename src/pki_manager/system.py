"""The operating system's clock and randomness: the one place that reads them."""

from __future__ import annotations

import secrets
import time
from datetime import UTC, datetime


class SystemClock:
    """`ports.clock.Clock`."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


class SystemEntropy:
    """`ports.entropy.Entropy`."""

    def token(self, size: int) -> bytes:
        return secrets.token_bytes(size)
