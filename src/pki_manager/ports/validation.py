"""The port of requests that prove control of a name. `policy.acme` decides whether the responses are valid."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from pki_manager.domain.acme.orders import Identifier
from pki_manager.domain.acme.proof import CaaRecord, Fetched, Presented


class Validation(Protocol):
    """Requests for ACME validation and CAA records, each limited to some seconds. Thread-safe.

    Methods raise OutboundRefused if the address is not permitted; NameUnresolved, TlsFailed, or OutboundFailed if there
    is no response.
    """

    def request_http(self, identifier: Identifier, path: str) -> Fetched:
        """Send GET `http://{identifier}{path}` (RFC 8555 §8.3), with at most ten redirects."""
        ...

    def find_txt_records(self, name: str) -> Sequence[bytes]:
        """Return the TXT records of a name, each with its strings joined (RFC 8555 §8.4). Empty if there are none."""
        ...

    def request_tls_alpn(self, identifier: Identifier) -> Presented:
        """Return protocol and certificate of a tls-alpn-01 handshake (RFC 8737 §3; RFC 8738 §6 for IP addresses)."""
        ...

    def find_caa_records(self, domain: str) -> Sequence[CaaRecord]:
        """Return the CAA records of a domain, or of the closest parent domain that has any (RFC 8659 §3)."""
        ...
