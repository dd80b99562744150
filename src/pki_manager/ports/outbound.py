"""Calls to other servers: one way out, which goes nowhere that it was not meant to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Protocol, TypeAlias

Network: TypeAlias = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """Where a call may go: to public addresses, and to those of `networks`, which somebody has named for it.

    Never to link-local or metadata addresses, nor to our own listeners. `plain_http`: also without TLS. `ca_file` holds
    the trust anchors, PEM; without it the system's count.
    """

    networks: tuple[Network, ...] = ()
    plain_http: bool = False
    ca_file: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request. `seconds` is all that it may take, look-up and redirects included; `max_octets` caps the answer.

    As many as `redirects` are followed, of a GET alone, each judged as the first address was.
    """

    url: str
    reach: Reach
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes = field(default=b"", repr=False)
    seconds: float = 10.0
    max_octets: int = 1 << 20
    redirects: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """`headers` by lower-case name."""

    status: int
    headers: Mapping[str, str]
    content: bytes = field(repr=False)


class Outbound(Protocol):
    """Threads share one."""

    def send(self, call: Call) -> Answer:
        """OutboundRefused when the call may not go there; OutboundFailed when no whole answer came in time."""
        ...
