"""How long a guesser waits: after some free failures twice as long each time, and never for good."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

FORGET_AFTER = timedelta(hours=1)
"""After that long without a failure it begins anew."""


@dataclass(frozen=True, slots=True)
class Patience:
    """`free` failures cost nothing; the first beyond them a second, each further one twice as long, up to `longest`."""

    free: int
    longest: timedelta

    def pause(self, failures: int) -> timedelta:
        beyond = failures - self.free
        return timedelta(0) if beyond <= 0 else min(timedelta(seconds=2 ** min(beyond - 1, 20)), self.longest)


ACCOUNT_AND_PEER = Patience(free=5, longest=timedelta(minutes=15))
"""One account from one address."""

PEER = Patience(free=100, longest=timedelta(minutes=15))
"""One address, whichever account."""

ACCOUNT = Patience(free=100, longest=timedelta(seconds=30))
"""One account from addresses that its user was never signed in from: short, for strangers can bring it about."""

NEWCOMER = Patience(free=100, longest=timedelta(minutes=15))
"""Strangers from one address, for each of whom something is kept."""
