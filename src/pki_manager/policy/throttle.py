"""Delays after failed sign-in attempts: each failure beyond some free ones doubles the delay, up to a limit.

Failures are counted by network: a caller with one IPv6 address usually has the whole /64 prefix, and often a /48.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv6Address, ip_address, ip_network

FORGET_AFTER = timedelta(hours=1)
"""Time without a failure after which the count starts again."""

_SITE, _WIDE_SITE = 64, 48


@dataclass(frozen=True, slots=True)
class Patience:
    """How the delay grows with the number of failures.

    `free` failures cause no delay; the next one causes a delay of one second, each further one twice as long, up to
    `longest`. Failures are remembered for `memory` longer than FORGET_AFTER.
    """

    free: int
    longest: timedelta
    memory: timedelta = timedelta(0)

    def pause(self, failures: int) -> timedelta:
        beyond = failures - self.free
        return timedelta(0) if beyond <= 0 else min(timedelta(seconds=2 ** min(beyond - 1, 20)), self.longest)


ACCOUNT_AND_PEER = Patience(free=5, longest=timedelta(minutes=15))
"""Delays for one account from one network."""

PEER = Patience(free=100, longest=timedelta(minutes=15))
"""Delays for all accounts from one network."""

WIDE_PEER = Patience(free=1000, longest=timedelta(minutes=5))
"""Delays for all accounts from one IPv6 /48, with higher limits, because it can be a whole organization."""

ACCOUNT = Patience(free=100, longest=timedelta(seconds=30))
"""Delays for one account from networks without recent sessions of its user. Short, because strangers can cause them."""

SECOND_FACTOR = Patience(free=10, longest=timedelta(hours=1), memory=timedelta(days=30))
"""Delays for second factors of one user from such networks. Only callers who know the password can cause them."""

USER_CODE = Patience(free=10, longest=timedelta(minutes=15))
"""Delays for the user codes that one user enters without a sign-in that waits for them."""

NEWCOMER = Patience(free=100, longest=timedelta(minutes=15))
"""Delays for unknown callers from one network for each of whom a database row is kept."""

WIDE_NEWCOMER = Patience(free=1000, longest=timedelta(minutes=5))
"""Delays for the callers of NEWCOMER, counted by IPv6 /48."""

VISITOR = Patience(free=300, longest=timedelta(minutes=1))
"""Delays for callers from one network who begin to sign in and do not finish.

For each of them, a row is kept for some minutes.
"""

WIDE_VISITOR = Patience(free=3000, longest=timedelta(minutes=1))
"""Delays for the callers of VISITOR, counted by IPv6 /48."""


@dataclass(frozen=True, slots=True)
class Network:
    """The network of a caller. `wide` is None if failures are not counted by a wider network."""

    narrow: str
    wide: str | None


def get_network(peer: str | None) -> Network:
    """Return the network of an address: an IPv4 address itself, /64 and /48 for IPv6. Other text stays unchanged."""
    try:
        address = ip_address((peer or "").partition("%")[0])
    except ValueError:
        return Network(peer or "", None)
    if not isinstance(address, IPv6Address):
        return Network(str(address), None)
    if address.ipv4_mapped is not None:
        return Network(str(address.ipv4_mapped), None)
    narrow, wide = (str(ip_network((address, bits), strict=False)) for bits in (_SITE, _WIDE_SITE))
    return Network(narrow, wide)
