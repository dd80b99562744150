"""The target of a URL, and its checked addresses."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from queue import Empty, SimpleQueue
from typing import TypeAlias
from urllib.parse import SplitResult, urlsplit

from pki_manager.domain.errors import NameUnresolved, OutboundRefused
from pki_manager.outbound.addresses import is_local, is_within_reach
from pki_manager.ports.outbound import NetworkReach

Resolver: TypeAlias = Callable[[str, int, float], Sequence[str]]
"""A function that resolves `(host, port, seconds)` to addresses, in the order to try them."""

_DEFAULT_PORT = {"https": 443, "http": 80}
_HOST = re.compile(r"[a-z0-9_](?:[a-z0-9_.-]{0,252})", re.ASCII)
_NUMBER_AT_END = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)", re.ASCII)
_MAX_URL = 4096
_MAX_ADDRESSES = 4


@dataclass(frozen=True, slots=True)
class NetworkTarget:
    """The target of a request. Connections are made only to `addresses`, which were checked."""

    scheme: str
    host: str
    port: int
    path: str
    addresses: tuple[str, ...]

    @property
    def authority(self) -> str:
        """Return host and port for the Host header, without the default port (RFC 9110 §4.3.1, §7.2)."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _DEFAULT_PORT[self.scheme] else f"{host}:{self.port}"

    def url_at(self, address: str) -> str:
        """Return the URL with the address instead of the host name."""
        host = f"[{address}]" if ":" in address else address
        return f"{self.scheme}://{host}:{self.port}{self.path}"


def resolve(host: str, port: int, seconds: float) -> Sequence[str]:
    """Return the addresses of a host by the system's resolver.

    The resolver cannot be interrupted: after `seconds`, its thread is abandoned. Raises NameUnresolved if the lookup
    fails or takes longer.
    """
    outcomes: SimpleQueue[list[str] | OSError] = SimpleQueue()

    def ask() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            outcomes.put([str(address[0]) for *_, address in found])
        except (OSError, UnicodeError) as error:
            outcomes.put(error if isinstance(error, OSError) else OSError("not a host name"))

    threading.Thread(target=ask, daemon=True, name="resolve").start()
    try:
        answer = outcomes.get(timeout=max(seconds, 0))
    except Empty:
        raise NameUnresolved(f"The DNS lookup of {host} timed out.") from None
    if isinstance(answer, OSError):
        raise NameUnresolved(f"The DNS lookup of {host} failed.")
    return answer


def resolve_target(
    url: str, reach: NetworkReach, resolver: Resolver, own_ports: Collection[int], seconds: float
) -> NetworkTarget:
    """Return the target of a URL, with the addresses that requests may connect to.

    Raises OutboundRefused if the URL is invalid or not permitted, or if no address is permitted; NameUnresolved if the
    host cannot be resolved.
    """
    parts = _parts(url)
    if parts.scheme != "https" and not (reach.plain_http and parts.scheme == "http"):
        raise OutboundRefused("The URL must begin with https://.")
    host = (parts.hostname or "").rstrip(".")
    if not _is_host(host):
        raise OutboundRefused("The URL contains no valid host name.")
    port = parts.port or _DEFAULT_PORT[parts.scheme]
    _require_named(host, port, reach)
    known = dict.fromkeys([host] if _is_address(host) else resolver(host, port, seconds))
    addresses = [one for one in known if is_within_reach(one, reach) and not (port in own_ports and is_local(one))]
    if not addresses:
        raise OutboundRefused(
            f"The host {host} has no address to which connections from here are allowed.", addresses=tuple(known)
        )
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return NetworkTarget(parts.scheme, host, port, path, tuple(addresses[:_MAX_ADDRESSES]))


def _parts(url: str) -> SplitResult:
    """Split a URL. Raises OutboundRefused if it is invalid or if different parsers could read it in different ways."""
    if len(url) > _MAX_URL or not url.isascii() or not url.isprintable() or any(one in url for one in ' \\"<>'):
        raise OutboundRefused("The URL contains invalid characters.")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise OutboundRefused("The URL is not valid.") from None
    if "@" in parts.netloc or port == 0:
        raise OutboundRefused("The URL must not contain a username or the port 0.")
    return parts


def _require_named(host: str, port: int, reach: NetworkReach) -> None:
    if reach.ports is not None and port not in reach.ports:
        raise OutboundRefused(f"Connections from here to port {port} are not allowed.")
    # A resolver can take `2130706433` for an address too.
    is_literal = _is_address(host) or _NUMBER_AT_END.fullmatch(host) is not None
    if reach.literals is not None and is_literal and host not in reach.literals:
        raise OutboundRefused("The URL must contain a host name instead of an IP address.")


def _is_host(host: str) -> bool:
    return _is_address(host) or (_HOST.fullmatch(host) is not None and ".." not in host)


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return "%" not in host
