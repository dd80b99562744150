"""Looking at what proves that somebody controls a name: what is asked, and what came back. Judging it is policy's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from pki_manager.domain.acme import Identifier


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a server answered over HTTP in the end, redirects followed; `addresses` are those that were asked."""

    status: int
    content: bytes = field(repr=False)
    addresses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Presented:
    """A TLS handshake for ALPN `acme-tls/1`: which protocol the server took, and its certificate, DER."""

    protocol: str | None
    certificate_der: bytes = field(repr=False)
    addresses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CaaRecord:
    """RFC 8659 §4.1. `domain` is where it was found; `tag` in lower case."""

    domain: str
    is_critical: bool
    tag: str
    value: str


class Validation(Protocol):
    """Every method ends in seconds. Threads share one.

    OutboundRefused where none may go; NameUnresolved, TlsFailed, OutboundFailed when no answer came.
    """

    def http(self, identifier: Identifier, path: str) -> Fetched:
        """GET `http://{identifier}{path}` (RFC 8555 §8.3): at most ten redirects, none to an odd port or address."""
        ...

    def txt(self, name: str) -> Sequence[bytes]:
        """The TXT records of a name, each with its strings joined; none where the name has none (RFC 8555 §8.4)."""
        ...

    def tls_alpn(self, identifier: Identifier) -> Presented:
        """RFC 8737 §3; of an IP address by its reverse name (RFC 8738 §6)."""
        ...

    def caa(self, domain: str) -> Sequence[CaaRecord]:
        """The CAA records that count for a domain: its own, or those of the nearest name above (RFC 8659 §3)."""
        ...
