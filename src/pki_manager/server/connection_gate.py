"""Limits on the number of connections of a listener, in total and for each client address."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Protocol, TypeAlias

_EVICTED_AT_ONCE = 16
_LOG_EVERY = 10.0
_IPV6_PREFIX = 64

Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

_log = logging.getLogger(__name__)


class Refusals:
    """Counts of refused connections by listener and reason, and their log lines.

    Clients determine how often a refusal happens, so each reason is logged at most once in ten seconds.
    """

    def __init__(self) -> None:
        self.counts: Counter[tuple[str, str]] = Counter()
        self._logged: Counter[tuple[str, str]] = Counter()
        self._log_at: dict[tuple[str, str], float] = {}
        self._peers: dict[tuple[str, str], str] = {}

    def note(self, listener: str, reason: str, peer: str) -> None:
        key = listener, reason
        self.counts[key] += 1
        self._peers[key] = peer

    def log(self, now: float) -> None:
        """Log the counts since the last line of each reason; `now` is monotonic time in seconds."""
        for key, count in self.counts.items():
            fresh = count - self._logged[key]
            if not fresh or now < self._log_at.get(key, now):
                continue
            self._logged[key], self._log_at[key] = count, now + _LOG_EVERY
            fields = {"listener": key[0], "reason": key[1], "count": fresh, "last_peer": self._peers[key]}
            _log.warning("connections or requests refused", extra=fields)


class Served(Protocol):
    """The protocol object of an established connection."""

    @property
    def is_waiting(self) -> bool:
        """Return whether the connection waits for a request: no complete one is being handled."""

    def abort(self) -> None: ...

    def check(self, now: float) -> None: ...


class Admission:
    """An open connection, from its acceptance to its end."""

    __slots__ = ("address", "peer", "served", "task")

    def __init__(self, address: str, peer: str) -> None:
        self.address = address
        self.peer = peer
        self.served: Served | None = None
        """None until the connection is established; for TLS that is after the handshake."""
        self.task: asyncio.Task[None] | None = None

    @property
    def is_waiting(self) -> bool:
        return self.served is None or self.served.is_waiting

    def end(self) -> None:
        if self.served is not None:
            self.served.abort()
        elif self.task is not None:
            self.task.cancel()


class ConnectionGate:
    """The connections of one listener in one process.

    At a limit, the oldest connections without a complete request are closed, so that silent clients cannot keep others
    out. If there are none, the new connection is refused. For one event loop.
    """

    def __init__(
        self,
        listener: str,
        refusals: Refusals,
        *,
        most: int,
        most_per_peer: int,
        proxies: Sequence[Network] = (),
    ) -> None:
        """`proxies` are exempt from the limit for each address, because they forward connections of many clients."""
        self.listener = listener
        self.refusals = refusals
        self._most = most
        self._most_per_peer = most_per_peer
        self._proxies = tuple(proxies)
        self._open: dict[Admission, None] = {}
        self._by_peer: dict[str, dict[Admission, None]] = {}

    def __len__(self) -> int:
        return len(self._open)

    def admit(self, address: str) -> Admission | None:
        """Admit a new connection of that IP address and return it. None if a limit is reached."""
        peer = get_peer(address)
        of_peer = self._by_peer.setdefault(peer, {})
        if len(of_peer) >= self._most_per_peer and not self._is_proxy(address):
            self._evict(of_peer, "connections_per_address", address)
            if len(of_peer) >= self._most_per_peer:
                return None
        if len(self._open) >= self._most:
            self._evict(self._open, "connections", address)
            if len(self._open) >= self._most:
                self._forget_peer(peer)
                return None
        admission = Admission(address, peer)
        self._open[admission] = None
        # `_evict` may have forgotten the peer with its last connection.
        self._by_peer.setdefault(peer, {})[admission] = None
        return admission

    def release(self, admission: Admission) -> None:
        """Remove a connection. Can be repeated."""
        if admission not in self._open:
            return
        del self._open[admission]
        self._by_peer[admission.peer].pop(admission)
        self._forget_peer(admission.peer)

    def refused(self) -> dict[str, int]:
        """Return how many connections were refused, by reason. Can be called in any thread."""
        return {reason: count for (name, reason), count in self.refusals.counts.copy().items() if name == self.listener}

    def served(self) -> Iterator[Served]:
        """Iterate over a copy of the established connections."""
        return iter([admission.served for admission in self._open if admission.served is not None])

    def _evict(self, candidates: dict[Admission, None], reason: str, address: str) -> None:
        """Close several of the oldest waiting connections at once, because finding one can mean checking all."""
        found: list[Admission] = []
        for admission in candidates:
            if admission.is_waiting:
                found.append(admission)
                if len(found) >= _EVICTED_AT_ONCE:
                    break
        for admission in found:
            self.refusals.note(self.listener, reason, admission.address)
            self.release(admission)
            admission.end()
        if not found:
            self.refusals.note(self.listener, reason, address)

    def _forget_peer(self, peer: str) -> None:
        if not self._by_peer.get(peer, True):
            del self._by_peer[peer]

    def _is_proxy(self, address: str) -> bool:
        return bool(self._proxies) and any(ipaddress.ip_address(address) in network for network in self._proxies)


@lru_cache(maxsize=4096)
def get_peer(address: str) -> str:
    """Return what counts as one client: an IPv4 address, or the /64 network of an IPv6 address (one customer)."""
    parsed = ipaddress.ip_address(address)
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return f"{ipaddress.IPv6Address(int(parsed) >> _IPV6_PREFIX << _IPV6_PREFIX)}/{_IPV6_PREFIX}"
