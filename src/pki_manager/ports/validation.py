"""Looking at what proves control of a name: what is asked, and what came back. Judging it is policy's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from pki_manager.domain.acme.orders import Identifier
from pki_manager.domain.acme.proof import CaaRecord, Fetched, Presented


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
