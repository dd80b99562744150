"""The port of requests that prove control of a name. `policy.acme` decides about the responses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from pki_manager.domain.acme.orders import Identifier
from pki_manager.domain.acme.proof import CaaRecord, Fetched, Presented


class Validation(Protocol):
    """Requests for ACME validation and CAA, each within seconds. Thread-safe.

    Methods raise OutboundRefused if the address is blocked; NameUnresolved, TlsFailed, or OutboundFailed without a
    response.
    """

    def http(self, identifier: Identifier, path: str) -> Fetched:
        """Send GET `http://{identifier}{path}` (RFC 8555 §8.3), with at most ten redirects."""
        ...

    def txt(self, name: str) -> Sequence[bytes]:
        """Return the TXT records of a name, each with its strings joined; empty without records (RFC 8555 §8.4)."""
        ...

    def tls_alpn(self, identifier: Identifier) -> Presented:
        """Return the result of a tls-alpn-01 handshake (RFC 8737 §3, for IP addresses RFC 8738 §6)."""
        ...

    def caa(self, domain: str) -> Sequence[CaaRecord]:
        """Return the CAA records for a domain: its own, or those of the closest name above it (RFC 8659 §3)."""
        ...
