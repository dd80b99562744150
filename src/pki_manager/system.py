"""The operating system's clock and random numbers. No other module reads them."""

from __future__ import annotations

import os
import secrets
import time
from datetime import UTC, datetime
from threading import Lock

_STOCK = 4096
_SMALL = 16


class SystemClock:
    """The system's clock (`ports.clock.Clock`)."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        # Counts the time during which the machine sleeps, as the wall clock does.
        return time.clock_gettime(time.CLOCK_BOOTTIME)

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


class SystemEntropy:
    """The system's random numbers (`ports.entropy.Entropy`).

    Small tokens are taken from a stock of random octets, each used once. This avoids system calls, which release the
    interpreter: an issuance needs several IDs.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._stock = b""
        os.register_at_fork(after_in_child=self._forget)

    def token(self, size: int) -> bytes:
        if size > _SMALL:
            return secrets.token_bytes(size)
        with self._lock:
            if len(self._stock) < size:
                self._stock = secrets.token_bytes(_STOCK)
            token, self._stock = self._stock[:size], self._stock[size:]
        return token

    def _forget(self) -> None:
        """Discard the stock in a forked child process, which must not return the same octets as its parent."""
        self._lock = Lock()
        self._stock = b""
