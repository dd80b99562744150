"""The port of requests to other servers, with restrictions on where they can go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Protocol, TypeAlias

Network: TypeAlias = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkReach:
    """Where a request can go: public addresses, and those in `networks`, which the operator has listed for it.

    Never to link-local or metadata addresses, nor to this installation's listeners. `plain_http`: also without TLS.
    `ca_file` contains the trust anchors (PEM), else the system's are used. `unverified`: the server's certificate is
    not verified. `ports` and `literals`, if set, are the only ports, and the only addresses that a URL can contain.
    """

    networks: tuple[Network, ...] = ()
    plain_http: bool = False
    ca_file: Path | None = None
    unverified: bool = False
    ports: frozenset[int] | None = None
    literals: frozenset[str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboundCall:
    """One request. `seconds` limits its whole time with DNS lookup and redirects; `max_octets` limits the response.

    Up to `redirects` redirects of a GET are followed, each checked as the first address was.
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
    """A response. `headers` are by lower-case name; `addresses` are those that were contacted, redirects included."""

    status: int
    headers: Mapping[str, str]
    content: bytes = field(repr=False)
    addresses: tuple[str, ...] = ()


class Outbound(Protocol):
    """The client of requests to other servers. Thread-safe."""

    def send(self, call: OutboundCall) -> OutboundResponse:
        """Send a request. Raises OutboundRefused if it may not go there; OutboundFailed without a complete response."""
        ...
