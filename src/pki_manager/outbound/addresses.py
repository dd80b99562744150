"""Checks of the addresses that requests to other servers may connect to."""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import TypeAlias

from pki_manager.ports.outbound import NetworkReach

Address: TypeAlias = IPv4Address | IPv6Address

_METADATA = tuple(map(ip_network, ("169.254.0.0/16", "fd00:ec2::254/128", "100.100.100.200/32", "192.0.0.192/32")))
"""Addresses of metadata services of cloud providers, which return secrets of the machine. No setting permits them."""

_NAT64 = ip_network("64:ff9b::/96")
_OCTETS_BEFORE_IPV4 = 12


def unwrap_ipv4(address: Address) -> Address:
    """Return the IPv4 address in an IPv6 address (RFC 4291 §2.5.5.2, RFC 3056, RFC 6052), else the same address."""
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is None and address in _NAT64:
            inner = IPv4Address(address.packed[_OCTETS_BEFORE_IPV4:])
        return inner or address
    return address


def is_within_reach(text: str, reach: NetworkReach) -> bool:
    """Return whether `reach` permits requests to an address, given as text (a zone is ignored)."""
    address = unwrap_ipv4(ip_address(text.partition("%")[0]))
    if any(address in network for network in _METADATA if network.version == address.version):
        return False
    if address.is_unspecified or address.is_multicast or address.is_link_local:
        return False
    named = any(address in network for network in reach.networks if network.version == address.version)
    return named or address.is_global


def is_local(text: str) -> bool:
    """Return whether an address belongs to this machine. The test is whether a socket can be bound to it."""
    address = unwrap_ipv4(ip_address(text.partition("%")[0]))
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((str(address), 0))
        except OSError:
            return False
    return True
