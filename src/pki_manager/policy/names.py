"""Syntax of subject alternative names, and checks of names by a profile."""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from typing import TypeAlias

import idna

from pki_manager.domain.names import AlternativeName, DistinguishedName, NameKind
from pki_manager.domain.other_names import OtherName
from pki_manager.domain.profiles.terms import SanRule
from pki_manager.policy.other_names import find_other_name_fault
from pki_manager.policy.reasons import Findings

Fault: TypeAlias = tuple[str, str]
"""A rule ID and an error message."""

_MAX_HOST = 253
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?")
_NUMERIC = re.compile(r"[0-9]+|0x[0-9a-f]*")
_LOCAL_PART = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_URI_CHARACTERS = re.compile(r"(?:[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+")
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:(?://(?P<authority>[^/?#]*))?(?P<rest>[^#\[\]]*)(?P<fragment>#.*)?")
_AUTHORITY = re.compile(r"(?:\[(?P<v6>[0-9A-Fa-f:.]+)\]|(?P<host>[^@:\[\]]+))(?::[0-9]{0,5})?")

# All names together. A TLS record holds 2^14 octets (RFC 8446 §5.1), and a certificate is more than its names.
_MAX_NAME_OCTETS = 12_000
_DER_AROUND_A_NAME = 8

# RFC 5893 §1.4: a label with one of these makes its whole name a bidi domain name.
_RIGHT_TO_LEFT = frozenset({"R", "AL", "AN"})


def judge_sans(sans: tuple[AlternativeName, ...], rule: SanRule, findings: Findings) -> None:
    """Refuse every alternative name that violates the rules of its kind or of the profile.

    Names beyond the maximum number of the profile are not checked.
    """
    if not rule.minimum <= len(sans) <= rule.maximum:
        message = f"{len(sans)} alternative names; {rule.minimum} to {rule.maximum} are allowed"
        findings.refuse("sans", "san.count", message)
    for name in sans[: rule.maximum]:
        fault = _profile_fault(name, rule) or _own_fault(name, rule)
        if fault:
            findings.refuse("sans", fault[0], f"{quote_name(name)}: {fault[1]}")


def quote_name(name: AlternativeName) -> str:
    """Return the text with which the message of a refusal begins if it concerns one name."""
    return f"{name.kind.value} name {name.value!r}"


def _profile_fault(name: AlternativeName, rule: SanRule) -> Fault | None:
    if name.kind not in rule.kinds:
        return "san.kind", "is of a kind that the profile does not allow"
    if name.kind is NameKind.DNS and "*" in name.value and not rule.wildcards:
        return "san.wildcard", "must not be a wildcard, because the profile does not allow them"
    return None


def _own_fault(name: AlternativeName, rule: SanRule) -> Fault | None:
    if name.kind is NameKind.OTHER:
        return find_other_name_fault(OtherName.parse(name.value), rule.other_names, find_host_fault)
    return _FAULTS[name.kind](name.value)


def find_dns_fault(value: str) -> Fault | None:
    """Return the error of a dNSName in lower case, which can be a wildcard; None if it is valid."""
    if "*" not in value:
        return find_host_fault(value)
    parent = value.removeprefix("*.")
    if "*" in parent or "." not in parent:
        return "san.dns.wildcard", "must have the wildcard as its whole first label, with at least two labels after it"
    if len(value) > _MAX_HOST:
        return "san.dns.length", f"must have at most {_MAX_HOST} bytes"
    return find_host_fault(parent)


def find_host_fault(value: str) -> Fault | None:
    """Return the error of a host name in lower case ("preferred name syntax" of RFC 5280); None if it is valid."""
    if not value.isascii():
        return "san.dns.idna", "must be ASCII; write internationalized names as A-labels (xn--…)"
    labels = value.split(".")
    if len(value) > _MAX_HOST or not all(1 <= len(label) <= 63 for label in labels):
        return "san.dns.length", "must have labels of 1 to 63 bytes and at most 253 bytes in all"
    if _NUMERIC.fullmatch(labels[-1]) or is_address(value):
        return "san.dns.address", "must not look like an IP address; request it as IP"
    for label in labels:
        fault = find_label_fault(label)
        if fault:
            return fault
    return _bidi_fault(labels) if "xn--" in value else None


def find_label_fault(label: str) -> Fault | None:
    """Return the error of one label of a DNS name, 1 to 63 characters in lower case; None if it is valid."""
    if not _LABEL.fullmatch(label):
        return "san.dns.syntax", f"must have only lower-case letters, digits, and inner hyphens in the label {label!r}"
    if label[2:4] != "--":
        return None
    if not label.startswith("xn--"):
        return "san.dns.reserved", f"must not have the reserved LDH label {label!r}"
    return None if _u_label(label) is not None else ("san.dns.idna", f"label {label!r} is no valid A-label")


def _u_label(label: str) -> str | None:
    """Return the Unicode form of a label by IDNA 2008 (RFC 5891 §5.3, RFC 5892). None for an invalid A-label.

    A valid A-label must also encode back to itself. The standard library's `idna` codec is IDNA 2003, which maps
    characters (ß to ss) and accepts more.
    """
    try:
        return idna.ulabel(label)
    except (UnicodeError, ValueError):
        return None


def _bidi_fault(labels: list[str]) -> Fault | None:
    """Return the error of a name that violates the rules for right-to-left text (RFC 5893 §2), else None.

    The rules apply to all labels of a name with a right-to-left label.
    """
    shown = [_u_label(label) or label for label in labels]
    if not any(unicodedata.bidirectional(char) in _RIGHT_TO_LEFT for label in shown for char in label):
        return None
    for label, text in zip(labels, shown, strict=True):
        try:
            idna.check_bidi(text, check_ltr=True)
        except idna.IDNABidiError:
            return "san.dns.bidi", f"must not have the label {label!r} in a right-to-left name"
    return None


def is_address(value: str) -> bool:
    """Return whether the text is an IPv4 or IPv6 address in any readable notation."""
    # An IPv4 address ends in a digit, an IPv6 address has colons: the test spares the exception for every other name.
    if ":" not in value and not value[-1:].isdigit():
        return False
    try:
        ipaddress.ip_address(value)
    except ValueError:
        return False
    return True


def find_ip_fault(value: str) -> Fault | None:
    """Return the error of an iPAddress in canonical text, else None. It must be the address of one host."""
    if not is_address(value) or "%" in value:
        return "san.ip", "must be an IP address without a scope"
    address = ipaddress.ip_address(value)
    if str(address) != value:
        return "san.ip", f"must be in its canonical form, {address}"
    if address.is_unspecified or address.is_multicast or value == "255.255.255.255":
        return "san.ip", "must be the address of a host, not an unspecified, multicast, or broadcast address"
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        # Would slip past IPv4 name constraints; no client compares it with anything.
        return "san.ip", f"must not be an IPv4-mapped IPv6 address; use {address.ipv4_mapped}"
    return None


def find_email_fault(value: str) -> Fault | None:
    """Return the error of an rfc822Name, else None. It must be an ASCII dot-string, `@`, and a domain.

    Internationalized addresses need SmtpUTF8Mailbox (RFC 9598).
    """
    local, separator, domain = value.rpartition("@")
    if not separator or len(value) > 254 or len(local) > 64 or not _LOCAL_PART.fullmatch(local):
        return "san.email", "must be a plain ASCII mailbox: a local part of at most 64 bytes, @, and a domain"
    fault = find_host_fault(domain)
    return ("san.email", f"its domain {fault[1]}") if fault else None


def find_uri_fault(value: str) -> Fault | None:
    """Return the error of a URI, else None. It must be absolute, and if it has an authority, with a valid host."""
    match = _URI.fullmatch(value)
    if not _URI_CHARACTERS.fullmatch(value) or match is None:
        return "san.uri", "must be an absolute URI in ASCII"
    if match["fragment"] is not None:
        return "san.uri", "must not have a fragment, which names a part of a document"
    if match["authority"] is None:
        return None if match["rest"] else ("san.uri", "has nothing after its scheme")
    host = parse_uri_host(value)
    if host is None:
        return "san.uri", "must have a valid host and no user information in its authority"
    if is_address(host):
        return None
    fault = find_host_fault(host)
    if fault:
        return "san.uri", f"its host {fault[1]}"
    return None if "." in host else ("san.uri", "its host is not fully qualified")


def parse_uri_host(value: str) -> str | None:
    """Return the host of a URI in lower case, without brackets. None if the URI has no valid authority."""
    match = _URI.fullmatch(value)
    parts = _AUTHORITY.fullmatch(match["authority"] or "") if match else None
    if parts is None:
        return None
    if parts["v6"]:
        return parts["v6"].lower() if is_address(parts["v6"]) else None
    return parts["host"].lower()


_FAULTS = {
    NameKind.DNS: find_dns_fault,
    NameKind.IP: find_ip_fault,
    NameKind.EMAIL: find_email_fault,
    NameKind.URI: find_uri_fault,
}


def judge_size(name: DistinguishedName, sans: tuple[AlternativeName, ...], findings: Findings) -> None:
    """Refuse names that together are too long for a certificate."""
    values = [attribute.value for attribute in name.attributes()] + [san.value for san in sans]
    octets = sum(len(value.encode(errors="surrogatepass")) + _DER_AROUND_A_NAME for value in values)
    if octets > _MAX_NAME_OCTETS:
        findings.refuse("sans", "names.size", f"must have at most {_MAX_NAME_OCTETS} bytes in all names, not {octets}")
