"""Name constraints in a path (RFC 5280 §4.2.1.10, §6.1.3 (b) and (c))."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from pki_manager.x509.asn1 import oid_octets, text_forms
from pki_manager.x509.asn1.extension_values import NameConstraintsView, Subtree
from pki_manager.x509.asn1.strings import decode_string
from pki_manager.x509.asn1.structures import DNS, EMAIL, EMPTY_NAME, IP, URI, GeneralName
from pki_manager.x509.asn1.tlv import DerError
from pki_manager.x509.name_constraints import find_name_fault, parse_ip_block
from pki_manager.x509.path.link import Link, to_canonical_name
from pki_manager.x509.path.model import Budget

DIRECTORY = 4
_DOMAIN = re.compile(r"[A-Za-z0-9_-]{1,63}(?:\.[A-Za-z0-9_-]{1,63})*")
_KNOWN = frozenset({EMAIL, DNS, DIRECTORY, URI, IP})


def find_faults(link: Link, constraints: NameConstraintsView, budget: Budget, *, is_leaf: bool) -> Iterator[str]:
    """Yield each reason why an issuer's constraints forbid a name of the certificate.

    Raises DerError if names or constraints cannot be read; OutOfBudget if there are too many to compare.
    """
    trees = (*constraints.permitted, *constraints.excluded)
    for tree in trees:
        fault = _tree_fault(tree)
        if fault:
            yield fault
            return
    names = list(_names(link, is_leaf=is_leaf))
    budget.compare(len(names) * len(trees))
    constrained = {tree.base.choice for tree in trees}
    for found in names:
        if found.choice not in constrained:
            continue
        fault = _fault(found, constraints)
        if fault:
            yield fault


def _tree_fault(tree: Subtree) -> str | None:
    """Return the reason why a subtree cannot be applied, or None.

    Ignoring such a subtree would permit more names than its issuer intended.
    """
    if tree.has_limits:
        return "the constraints of its issuer use minimum or maximum"
    if tree.base.choice == IP and parse_ip_block(tree.base.value) is None:
        return "the constraints of its issuer have an invalid address range"
    return None


def _names(link: Link, *, is_leaf: bool) -> Iterator[GeneralName]:
    """Yield every name of a certificate that is compared with constraints.

    The subject's email addresses are included if no alternative name is one (RFC 5280). The common name of an end
    entity is included if it looks like a host name and no alternative name is a DNS name, because some clients use it
    as one.
    """
    sans = link.view.subject_alt_names or ()
    yield from sans
    if link.view.subject != EMPTY_NAME:
        yield GeneralName(DIRECTORY, link.view.subject)
    kinds = {san.choice for san in sans}
    for attribute in link.view.subject_attributes:
        value = decode_string(attribute.tag, attribute.value) or ""
        if attribute.type == oid_octets.EMAIL_ADDRESS and EMAIL not in kinds:
            yield GeneralName(EMAIL, value.encode())
        if (
            attribute.type == oid_octets.COMMON_NAME
            and is_leaf
            and DNS not in kinds
            and text_forms.looks_like_dns(value)
        ):
            yield GeneralName(DNS, value.encode())


def _fault(found: GeneralName, constraints: NameConstraintsView) -> str | None:
    if found.choice not in _KNOWN:
        return "has a name of a kind whose constraints are not supported"
    if found.choice == DIRECTORY:
        return _directory_fault(found.value, constraints)
    text = text_forms.escape_octets(found.value)
    if found.choice == URI and not _has_host(text):
        return "has a URI without a host name to hold against its issuer's constraints"
    if (found.choice == DNS and not _is_domain(text.removeprefix("*."))) or (
        found.choice == EMAIL and not _is_address(text)
    ):
        return f"has the name {text}, which cannot be compared with its issuer's constraints"
    return find_name_fault(found, constraints)


def _is_domain(name: str) -> bool:
    """Return whether the text is a domain in DNS syntax, with underscores permitted.

    Otherwise an additional dot, at the beginning or the end, would bypass an excluded subtree.
    """
    return _DOMAIN.fullmatch(name) is not None


def _is_address(mailbox: str) -> bool:
    local, _, host = mailbox.rpartition("@")
    return bool(local) and ("@" not in local or local.startswith('"')) and _is_domain(host)


def _has_host(uri: str) -> bool:
    try:
        host = urlsplit(uri).hostname or ""
    except ValueError:
        return False
    return text_forms.is_host(host) and not text_forms.is_ip_address(host)


def _directory_fault(raw: bytes, constraints: NameConstraintsView) -> str | None:
    """Return the reason why directory constraints forbid the name, or None.

    A directoryName is in a subtree if it begins with the subtree's name.
    """
    name = to_canonical_name(raw)

    def within(tree: Subtree) -> bool:
        base = to_canonical_name(tree.base.value)
        return name[: len(base)] == base

    if any(within(tree) for tree in constraints.excluded if tree.base.choice == DIRECTORY):
        return "its subject lies in an excluded subtree"
    permitted = [tree for tree in constraints.permitted if tree.base.choice == DIRECTORY]
    if permitted and not any(within(tree) for tree in permitted):
        return "its subject lies in no permitted subtree"
    return None


def read_constraints(link: Link) -> NameConstraintsView | None:
    """Return the name constraints of a CA certificate, or None. Raises DerError if they are invalid or empty."""
    found = link.view.name_constraints
    if found is not None and not found.permitted and not found.excluded:
        raise DerError("nameConstraints is empty")
    return found
