"""Calls to other servers: one way out, which goes nowhere that it was not meant to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Protocol, TypeAlias

Network: TypeAlias = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkReach:
    """Where a call may go: to public addresses, and to those of `networks`, which the operator has listed for it.

    Never to link-local or metadata addresses, nor to our own listeners. `plain_http`: also without TLS. `ca_file` holds
    the trust anchors, PEM; without it the system's count. `unverified`: a server over TLS need not show who it is.
    `ports` and `literals` are, where they are given, the only ports, and the only addresses that a URL may name itself.
    """

    networks: tuple[Network, ...] = ()
    plain_http: bool = False
    ca_file: Path | None = None
    unverified: bool = False
    ports: frozenset[int] | None = None
    literals: frozenset[str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboundCall:
    """One request. `seconds` is all that it may take, look-up and redirects included; `max_octets` caps the answer.

    As many as `redirects` are followed, of a GET alone, each judged as the first address was.
    """

    url: str
    reach: NetworkReach
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes = field(default=b"", repr=False)
    seconds: float = 10.0
    max_octets: int = 1 << 20
    redirects: int = 0


@dataclass(frozen=True, slots=True)
class OutboundResponse:
    """`headers` by lower-case name; `addresses` are those that were asked, redirects followed."""

    status: int
    headers: Mapping[str, str]
    content: bytes = field(repr=False)
    addresses: tuple[str, ...] = ()


class Outbound(Protocol):
    """Threads share one."""

    def send(self, call: OutboundCall) -> OutboundResponse:
        """OutboundRefused when the call may not go there; OutboundFailed when no whole answer came in time."""
        ...
