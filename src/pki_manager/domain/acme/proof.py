"""What was found where a client has to prove control of a name (RFC 8555 §8, RFC 8737, RFC 8659)."""

from __future__ import annotations

from dataclasses import dataclass, field

from pki_manager.domain.names import AlternativeName

ALPN = "acme-tls/1"
"""The protocol that a server takes to answer tls-alpn-01 (RFC 8737 §6.2)."""


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
class AlpnCertificate:
    """What counts of a certificate that answers tls-alpn-01: its names, and acmeIdentifier's 32 octets."""

    names: tuple[AlternativeName, ...]
    key_authorization_sha256: bytes


@dataclass(frozen=True, slots=True)
class CaaRecord:
    """RFC 8659 §4.1. `domain` is where it was found; `tag` in lower case."""

    domain: str
    is_critical: bool
    tag: str
    value: str
