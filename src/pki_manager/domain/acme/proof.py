"""The results of validations by which a client proves control of a name (RFC 8555 §8, RFC 8737, RFC 8659)."""

from __future__ import annotations

from dataclasses import dataclass, field

from pki_manager.domain.names import AlternativeName

ALPN = "acme-tls/1"
"""The ALPN protocol that a server selects to respond to tls-alpn-01 (RFC 8737 §6.2)."""


def build_account_hash_prefix(base: str) -> str:
    """Return the prefix of account hashes in dns-persist-01 records (draft-ietf-acme-dns-persist-02 §4.1).

    The directory advertises it as `accountHashPrefix`. Nothing is served there. `base` has no trailing slash.
    """
    return f"{base}/acme/account-hash/"


@dataclass(frozen=True, slots=True)
class Fetched:
    """The HTTP response to a validation request, after redirects. `addresses` are the addresses that were contacted."""

    status: int
    content: bytes = field(repr=False)
    addresses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Presented:
    """The result of a TLS handshake for ALPN `acme-tls/1`.

    `protocol` is the protocol that the server selected, `certificate_der` its certificate.
    """

    protocol: str | None
    certificate_der: bytes = field(repr=False)
    addresses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AlpnCertificate:
    """The parts of a tls-alpn-01 certificate that are checked: its names, and acmeIdentifier's 32 octets."""

    names: tuple[AlternativeName, ...]
    key_authorization_sha256: bytes


@dataclass(frozen=True, slots=True)
class CaaRecord:
    """A CAA record (RFC 8659 §4.1). `domain` is where it was found; `tag` is in lower case."""

    domain: str
    is_critical: bool
    tag: str
    value: str
