"""Types of settings: addresses, URLs, and networks, each with its check."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator

from pki_manager.signers.options import EMBEDDED, EmbeddedOptions, KeyBackend

_DOMAIN = re.compile(r"(?:[0-9a-z](?:-*[0-9a-z])*\.)*[0-9a-z](?:-*[0-9a-z])*", re.ASCII)
_LONGEST_HOST = 253
_NODE = re.compile(r"[0-9A-Za-z](?:[0-9A-Za-z._-]{0,62}[0-9A-Za-z])?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Bind:
    """An address to listen on. Port 0 is any free one."""

    host: str
    port: int

    @property
    def is_loopback(self) -> bool:
        if self.host == "localhost":
            return True
        address = ip_address(self.host)
        mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
        return (mapped or address).is_loopback

    @property
    def public_host(self) -> str:
        """Return the host for URLs: `localhost` for loopback, because browsers refuse passkeys on IP addresses."""
        if self.is_loopback or ip_address(self.host).is_unspecified:
            return "localhost"
        return f"[{self.host}]" if ":" in self.host else self.host

    @property
    def http_url(self) -> str:
        return f"http://{self.public_host}:{self.port}"

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def parse_bind(text: str) -> Bind:
    """Parse `127.0.0.1:8080`, `[::1]:8080`, or `localhost:8080`.

    Raises ValueError with a message if the text is invalid.
    """
    host, colon, port = text.rpartition(":")
    if not colon or not port.isascii() or not port.isdecimal() or int(port) > 65535:
        raise ValueError("must be ADDRESS:PORT, such as 127.0.0.1:8080 or [::1]:8080")
    if host != "localhost":
        try:
            host = str(IPv6Address(host[1:-1]) if host[:1] + host[-1:] == "[]" else IPv4Address(host))
        except ValueError:
            raise ValueError("must begin with an IP address (an IPv6 one in brackets) or localhost") from None
    return Bind(host, int(port))


def _url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment or "@" in text:
        raise ValueError("must be a base URL such as http://pki.example.com")
    return text.rstrip("/")


def _status_url(text: str) -> str:
    # A relying party that must check the server's certificate in order to check a certificate never ends.
    if not text.startswith("http://"):
        raise ValueError("must begin with http:// (RFC 5280 §8: status over HTTPS can need itself)")
    return _url(text)


def _database_url(text: str) -> str:
    if not text.startswith("postgresql+psycopg://"):
        raise ValueError("must begin with postgresql+psycopg:// (leave it out for the encrypted file in the home)")
    return text


def _keystore_url(text: str) -> str:
    if not text.startswith(("postgresql+psycopg://", "file:///")):
        raise ValueError("must begin with postgresql+psycopg:// or file:/// (leave it out for keystore.db in the home)")
    return text


def _network(text: str) -> str:
    try:
        return str(ip_network(text))
    except ValueError:
        raise ValueError("must be a network such as 10.0.0.0/8 or one address") from None


def _dns_server(text: str) -> str:
    """Return the address of a DNS server in full: with the port, and an IPv6 address in brackets."""
    try:
        return str(Bind(str(ip_address(text)), 53))
    except ValueError:
        bind = parse_bind(text)
    if bind.host == "localhost" or not bind.port:
        raise ValueError("must be an address, with or without a port: 192.0.2.53 or [2001:db8::53]:5353")
    return str(bind)


def _issuer(text: str) -> str:
    if not _DOMAIN.fullmatch(text.lower()):
        raise ValueError("must be a domain name such as ca.example.com")
    return text.lower()


def _node(text: str) -> str:
    if not _NODE.fullmatch(text):
        raise ValueError(
            "must be 1 to 64 letters, digits, dots, hyphens, and underscores, with a letter or digit at both ends, "
            "such as pki-a"
        )
    return text


def add_embedded(backends: tuple[KeyBackend, ...]) -> tuple[KeyBackend, ...]:
    """Add the embedded key backend, which stores the installation's own keys, if the settings do not name it."""
    if any(EMBEDDED in (backend.kind, backend.name) for backend in backends):
        return backends
    return (*backends, EmbeddedOptions(name=EMBEDDED, kind=EMBEDDED))


def parse_host(text: str) -> str:
    """Return a host name, or an IP address without brackets, in canonical form. Raises ValueError if it is invalid."""
    try:
        return str(ip_address(text.removeprefix("[").removesuffix("]")))
    except ValueError:
        pass
    if not _DOMAIN.fullmatch(text.lower()) or len(text) > _LONGEST_HOST:
        raise ValueError("must be a host name or an IP address without a port, such as pki.example.com")
    return text.lower()


BindText = Annotated[str, AfterValidator(lambda text: str(parse_bind(text)))]
UrlText = Annotated[str, AfterValidator(_url)]
StatusUrlText = Annotated[str, AfterValidator(_status_url)]
DatabaseUrlText = Annotated[str, AfterValidator(_database_url)]
KeystoreUrlText = Annotated[str, AfterValidator(_keystore_url)]
DnsServerText = Annotated[str, AfterValidator(_dns_server)]
HostText = Annotated[str, AfterValidator(parse_host)]
IssuerText = Annotated[str, AfterValidator(_issuer)]
NodeText = Annotated[str, AfterValidator(_node)]
NetworkText = Annotated[str, AfterValidator(_network)]
KeyBackends = Annotated[tuple[KeyBackend, ...], AfterValidator(add_embedded)]
Listener = Literal["management", "tls", "status"]
