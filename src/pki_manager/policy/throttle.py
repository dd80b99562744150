"""Waiting times after failed sign-ins: doubled with each failure after some free ones, up to a limit.

Addresses count by network. A caller with one IPv6 address usually has the whole /64 prefix, and often a /48.
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
    """How failures are counted. `free` failures cost nothing; the next one second, each further one twice as long.

    The longest wait is `longest`. Failures are remembered for `memory` longer than FORGET_AFTER.
    """

    free: int
    longest: timedelta
    memory: timedelta = timedelta(0)

    def pause(self, failures: int) -> timedelta:
        beyond = failures - self.free
        return timedelta(0) if beyond <= 0 else min(timedelta(seconds=2 ** min(beyond - 1, 20)), self.longest)


ACCOUNT_AND_PEER = Patience(free=5, longest=timedelta(minutes=15))
"""One account from one network."""

PEER = Patience(free=100, longest=timedelta(minutes=15))
"""One network, for all accounts."""

WIDE_PEER = Patience(free=1000, longest=timedelta(minutes=5))
"""One IPv6 /48, with higher limits, because it can be a whole organization."""

ACCOUNT = Patience(free=100, longest=timedelta(seconds=30))
"""One account from networks that its user has never signed in from. Short, because strangers can cause it."""

SECOND_FACTOR = Patience(free=10, longest=timedelta(hours=1), memory=timedelta(days=30))
"""Second factors of one user, from such networks. Only those who know the password can cause it."""

NEWCOMER = Patience(free=100, longest=timedelta(minutes=15))
"""Unknown callers from one network, for each of whom a row is kept."""

WIDE_NEWCOMER = Patience(free=1000, longest=timedelta(minutes=5))
"""The same callers from one IPv6 /48."""

VISITOR = Patience(free=300, longest=timedelta(minutes=1))
"""Callers from one network who begin to sign in and do not finish: a row is kept for each, for some minutes."""

WIDE_VISITOR = Patience(free=3000, longest=timedelta(minutes=1))
"""The same callers from one IPv6 /48."""


@dataclass(frozen=True, slots=True)
class Network:
    """The network of a caller. `wide` is None if there is no wider network to count by."""

    narrow: str
    wide: str | None


def get_network(peer: str | None) -> Network:
    """Return the network of an address: an IPv4 address itself, /64 and /48 for IPv6. Other text stays as it is."""
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
