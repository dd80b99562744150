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
    """The targets of a request: public addresses, and the networks that the operator has listed for its purpose.

    Link-local and metadata addresses and this installation's listeners are never permitted. `plain_http` also permits
    URLs without TLS. `ca_file` contains the trust anchors (PEM); default: those of the system. `unverified`: the
    server's certificate is not verified. `ports`, if set, are the only permitted ports; `literals`, if set, the only
    addresses that a URL can contain instead of a name.
    """

    networks: tuple[Network, ...] = ()
    plain_http: bool = False
    ca_file: Path | None = None
    unverified: bool = False
    ports: frozenset[int] | None = None
    literals: frozenset[str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboundCall:
    """One request.

    `seconds` limits its total time, including DNS lookup and redirects; `max_octets` limits the response.

    Up to `redirects` redirects of a GET are followed. Each target is checked as the first one.
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
    """A response. `headers` have lower-case names; `addresses` are those that were contacted, including redirects."""

    status: int
    headers: Mapping[str, str]
    content: bytes = field(repr=False)
    addresses: tuple[str, ...] = ()


class Outbound(Protocol):
    """The client of requests to other servers. Thread-safe."""

    def send(self, call: OutboundCall) -> OutboundResponse:
        """Send a request and return the response.

        Raises OutboundRefused if the target is not permitted; OutboundFailed if there is no complete response.
        """
        ...
