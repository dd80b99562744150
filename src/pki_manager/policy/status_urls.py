"""Checks of whether relying parties on other machines can reach status URLs. Only the name is checked, without DNS."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import urlsplit

_LOCAL_NAMES = frozenset({"localhost", "localhost4", "localhost6", "ip6-localhost", "ip6-loopback"})
_LOCAL_SUFFIXES = (".localhost", ".localdomain", ".localdomain4", ".localdomain6")
_NUMBER = re.compile(r"0x[0-9a-f]+|[0-9]+", re.ASCII)
_THIS_NETWORK = 0
"""First octet of the network 0.0.0.0/8, "this network" (RFC 1122 §3.2.1.3)."""


def is_local_url(url: str) -> bool:
    """Return whether a URL can be reached only on the machine that uses it, or only on one network link.

    Such URLs have loopback, unspecified, or link-local addresses in any notation that resolvers accept, or their names
    (RFC 6761 §6.3).
    """
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return False
    return is_local_host(host)


def is_local_host(host: str) -> bool:
    """Return whether a host name, or an address without brackets, is local in the sense of `is_local_url`."""
    name = host.lower().rstrip(".").partition("%")[0]
    if name in _LOCAL_NAMES or name.endswith(_LOCAL_SUFFIXES):
        return True
    address = _parse_address(name)
    if isinstance(address, IPv6Address):
        embedded = address.ipv4_mapped or (IPv4Address(int(address)) if 1 < int(address) < 2**32 else None)
        if embedded is not None:
            return is_local_host(str(embedded))
    elif address is not None and address.packed[0] == _THIS_NETWORK:
        return True
    return address is not None and (address.is_loopback or address.is_unspecified or address.is_link_local)


def _parse_address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return _parse_short_ipv4(text)


def _parse_short_ipv4(text: str) -> IPv4Address | None:
    """Return the address of an IPv4 notation that `inet_aton` accepts, and with it curl and browsers; else None.

    Examples are `127.1`, `0x7f.1`, `017700000001`, and `2130706433`.
    """
    parts = text.split(".")
    if len(parts) > 4 or not all(_NUMBER.fullmatch(part) for part in parts):
        return None
    try:
        *first, last = (_parse_number(part) for part in parts)
    except ValueError:
        return None
    if any(octet > 255 for octet in first) or last >= 256 ** (4 - len(first)):
        return None
    value = last + sum(octet << 8 * (3 - position) for position, octet in enumerate(first))
    return IPv4Address(value)


def _parse_number(text: str) -> int:
    if text.startswith("0x"):
        return int(text, 16)
    return int(text, 8 if len(text) > 1 and text.startswith("0") else 10)


def normalize_base_url(url: str) -> str:
    """Return a base URL in canonical form: lower-case host without a final period, no default port, no final slash."""
    parts = urlsplit(url)
    host = (parts.hostname or "").rstrip(".")
    netloc = f"[{host}]" if ":" in host else host
    default = {"http": 80, "https": 443}.get(parts.scheme)
    if parts.port is not None and parts.port != default:
        netloc += f":{parts.port}"
    return f"{parts.scheme}://{netloc}{parts.path.rstrip('/')}"


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusUrlRule:
    """The rule for which base URLs status URLs can have.

    `base` is that of new keys (`public_status_url`). `is_public` is whether other machines can reach a listener.
    `accepted` are further base URLs that the operator confirmed. If neither a listener nor `base` can be reached from
    other machines, the installation is a local trial and every base URL is permitted.
    """

    base: str
    is_public: bool = False
    accepted: frozenset[str] = frozenset()

    def find_fault(self, url: str) -> str | None:
        """Return why certificates must not contain status URLs with this base URL, as a predicate. None if they can."""
        if not self.is_public and is_local_url(self.base):
            return None
        if normalize_base_url(url) in {normalize_base_url(one) for one in self.accepted}:
            return None
        if is_local_url(url):
            return "leads to the machine that uses it, so relying parties on other machines cannot check revocation"
        if normalize_base_url(url) != normalize_base_url(self.base):
            return f"is not public_status_url ({self.base})"
        return None
