"""CA/Browser Forum rules about names, purposes, and keys, which the strict mode applies to paths of TLS servers.

Rules about the operation of public CAs, such as validity periods and status URLs, are left out.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Sequence

from pki_manager.domain.algorithms import KeyFamily
from pki_manager.x509 import keys
from pki_manager.x509.asn1 import oid_octets, strings
from pki_manager.x509.asn1.structures import DNS, IP, GeneralName
from pki_manager.x509.asn1.text_forms import escape_octets
from pki_manager.x509.path.link import Link

_BITS_OF_AN_OCTET = 8
_HEXADECIMAL, _DECIMAL = re.compile(r"0[xX][0-9A-Fa-f]{1,8}"), re.compile(r"[0-9]{1,10}")
_IPV4_PARTS = 4
_FIRST_HOST = 1 << 24
"""The lowest number that can be an address. Smaller ones are in 0.0.0.0/8, which no host has, or are serial numbers."""


def find_faults(path: Sequence[Link]) -> Iterator[tuple[Link, str]]:
    """Yield each certificate that violates a rule, with the rule as a sentence.

    Raises DerError for a part that cannot be read.
    """
    leaf, anchor = path[0], path[-1]
    yield from ((leaf, fault) for fault in _of_leaf(leaf))
    if len(path) > 1 and anchor.is_self_issued:
        yield from ((anchor, fault) for fault in _of_root(anchor))
    for link in path:
        facts = keys.compute_key_facts(link.spki, "key")
        if facts.family is KeyFamily.RSA and facts.size % _BITS_OF_AN_OCTET:
            yield link, f"an RSA modulus of {facts.size} bits is not a whole number of octets (§6.1.6)"


def _of_leaf(leaf: Link) -> Iterator[str]:
    view = leaf.view
    for kind, tag, value in view.subject_attributes:
        text = strings.decode_string(tag, value) or ""
        if kind == oid_octets.COMMON_NAME and _is_misleading(text, view.subject_alt_names or ()):
            yield "the common name is not spelled as one of the alternative names (§7.1.4.3)"
    purposes = view.by_oid.get(oid_octets.EXTENDED_KEY_USAGE)
    if purposes is not None and purposes.critical:
        yield "the extended key usage is critical (§7.1.2.7.10)"
    alternative = view.by_oid.get(oid_octets.SUBJECT_ALT_NAME)
    if alternative is not None and alternative.critical and leaf.subject:
        yield "the alternative names are critical beside a subject (§7.1.2.7.12)"


def _of_root(root: Link) -> Iterator[str]:
    if oid_octets.EXTENDED_KEY_USAGE in root.view.by_oid:
        yield "a root has an extended key usage (§7.1.2.1.2)"
    identifier = root.view.authority_key_identifier
    if identifier is not None and (identifier.has_issuer or identifier.has_serial):
        yield "a root names its issuer's certificate in the authority key identifier (§7.1.2.1.3)"


def _is_misleading(common_name: str, sans: Sequence[GeneralName]) -> bool:
    """Return whether a client could use the common name as a host name or address that is not certified.

    This is less strict than §7.1.4.3 in two cases: the parent domain of a DNS name, and a host name if there are only
    IP addresses.
    """
    if common_name in map(_text, sans):
        return False
    if _is_like_address(common_name):
        return True
    if "." not in common_name:
        return False
    hosts = [_text(san) for san in sans if san.choice == DNS]
    if not hosts:
        return all(san.choice != IP for san in sans)
    return not any(host.endswith(f".{common_name}") for host in hosts)


def _is_like_address(text: str) -> bool:
    """Return whether C libraries read the text as an IP address, including octal, hexadecimal, and missing parts."""
    if ":" in text:
        return True
    parts = text.split(".")
    if len(parts) > _IPV4_PARTS or not all(_HEXADECIMAL.fullmatch(part) or _DECIMAL.fullmatch(part) for part in parts):
        return False
    return len(parts) > 1 or int(text, 16 if _HEXADECIMAL.fullmatch(text) else 10) >= _FIRST_HOST


def _text(san: GeneralName) -> str:
    """Return an alternative name in the form that a common name must have."""
    if san.choice == IP and len(san.value) in (4, 16):
        return str(ipaddress.ip_address(san.value))
    return escape_octets(san.value)
