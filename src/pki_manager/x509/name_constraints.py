"""Comparison of names with name constraints (RFC 5280 §4.2.1.10)."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from pki_manager.x509.asn1.extension_values import NameConstraintsView
from pki_manager.x509.asn1.structures import DNS, EMAIL, IP, URI, GeneralName
from pki_manager.x509.asn1.text_forms import escape_octets

IpBlock = ipaddress.IPv4Network | ipaddress.IPv6Network


def parse_ip_block(octets: bytes) -> IpBlock | None:
    """Return an address and mask (8 or 32 octets) as a network; None for other octets."""
    half = len(octets) // 2
    if len(octets) not in (8, 32):
        return None
    mask = int.from_bytes(octets[half:], "big")
    prefix = mask.bit_count()
    if mask != ((1 << prefix) - 1) << (8 * half - prefix):
        return None
    try:
        return ipaddress.ip_network((octets[:half], prefix))
    except ValueError:
        return None


def find_name_fault(name: GeneralName, constraints: NameConstraintsView) -> str | None:
    """Return the reason why the constraints forbid the name, or None. Excluded subtrees override permitted ones."""
    if name.choice not in (DNS, EMAIL, IP, URI):
        return None
    shown = name.value.hex() if name.choice == IP else escape_octets(name.value)
    if any(_reaches(name, tree.base) for tree in constraints.excluded if tree.base.choice == name.choice):
        return f"{shown} is in an excluded subtree"
    permitted = [tree.base for tree in constraints.permitted if tree.base.choice == name.choice]
    if permitted and not any(_within(name, base) for base in permitted):
        return f"{shown} is not in a permitted subtree"
    return None


def _reaches(name: GeneralName, base: GeneralName) -> bool:
    """Return whether the name, or any name that its wildcard matches, is in the subtree."""
    if _within(name, base):
        return True
    pattern, subtree = escape_octets(name.value).lower(), escape_octets(base.value).lower()
    if name.choice != DNS or not pattern.startswith("*."):
        return False
    first, dot, rest = subtree.partition(".")
    return bool(first and dot) and rest == pattern[2:]


def _within(name: GeneralName, base: GeneralName) -> bool:
    if name.choice == IP:
        block = parse_ip_block(base.value)
        if block is None or len(name.value) * 2 != len(base.value):
            return False
        return ipaddress.ip_address(name.value) in block
    text, subtree = escape_octets(name.value).lower(), escape_octets(base.value).lower()
    if name.choice == DNS:
        host = text.removeprefix("*.")
        return subtree == "" or host == subtree or host.endswith("." + subtree.removeprefix("."))
    if name.choice == EMAIL and "@" in subtree:
        return text == subtree
    host = text.rpartition("@")[2] if name.choice == EMAIL else _uri_host(text)
    return host.endswith(subtree) if subtree.startswith(".") else host == subtree


def _uri_host(text: str) -> str:
    try:
        return urlsplit(text).hostname or ""
    except ValueError:
        return ""
