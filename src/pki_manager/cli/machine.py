"""This machine on its network: its addresses, and whether a name or a port can be used."""

from __future__ import annotations

import fcntl
import socket
import struct
from contextlib import suppress
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path

_GET_ADDRESS = 0x8915
"""SIOCGIFADDR: the request for the IPv4 address of an interface (netdevice(7))."""
_IPV6_TABLE = Path("/proc/net/if_inet6")


def list_addresses() -> list[str]:
    """Return the addresses by which other machines can reach this one, IPv4 first."""
    addresses: list[IPv4Address | IPv6Address] = [*_list_ipv4(), *_list_ipv6()]
    return [str(address) for address in addresses if not address.is_loopback and not address.is_link_local]


def has_ipv4() -> bool:
    """Return whether an interface has an IPv4 address. The loopback interface counts too."""
    return bool(_list_ipv4())


def find_host_name() -> str | None:
    """Return the full name of this machine if it resolves to one of its addresses, or None."""
    name = socket.getfqdn().lower()
    return name if "." in name and set(resolve(name)) & set(list_addresses()) else None


def resolve(host: str) -> list[str]:
    """Return the addresses of a host name by the system's resolver; empty if there are none."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def find_bind_error(host: str, port: int) -> OSError | None:
    """Return why no listener can use that address now, or None if one can."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.create_server((host, port), family=family).close()
    except OSError as error:
        return error
    return None


def _list_ipv4() -> list[IPv4Address]:
    found = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        for _, interface in socket.if_nameindex():
            with suppress(OSError):  # the interface has no IPv4 address
                answer = fcntl.ioctl(probe, _GET_ADDRESS, struct.pack("256s", interface.encode()[:15]))
                found.append(IPv4Address(answer[20:24]))
    return found


def _list_ipv6() -> list[IPv6Address]:
    try:
        lines = _IPV6_TABLE.read_text(encoding="ascii").splitlines()
    except OSError:
        return []
    parsed = (ip_address(bytes.fromhex(line.split()[0])) for line in lines)
    return [address for address in parsed if isinstance(address, IPv6Address)]
