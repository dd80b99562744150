"""Syntax checks of DNS names, IP addresses, mailboxes, and URIs in certificates."""

from __future__ import annotations

import ipaddress
import re
import unicodedata

_LABEL = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)")
_LOCAL_PART = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_ABSOLUTE_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:(?:[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})+")
_HTTP_URI = re.compile(
    r"http://(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?"
    r"(?:[/?](?:[A-Za-z0-9\-._~:/?@!$&'()*+,;=]|%[0-9A-Fa-f]{2})*)?"
)
MAX_NAME = 253
"""Maximum characters of a DNS name as text (RFC 1034 §3.1: 255 octets in messages)."""


def is_ip_address(text: str) -> bool:
    """Return whether the text is an IPv4 or IPv6 address."""
    # Only digits, dots, hex and colons can be an address; the test spares the exception for every ordinary name.
    if not text or (text[-1:].isalpha() and ":" not in text):
        return False
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def is_label(text: str) -> bool:
    """Return whether the text is a letter-digit-hyphen label of 1 to 63 octets (RFC 1034 §3.5)."""
    return _LABEL.fullmatch(text) is not None


def is_reserved_label(label: str) -> bool:
    """Return whether a label has hyphens as third and fourth character and is not a valid A-label.

    A valid A-label is `xn--` and the canonical Punycode (RFC 3492) of NFC text without capital letters and unprintable
    characters.
    """
    if label[2:4] != "--":
        return False
    try:
        text = label[4:].encode("ascii").decode("punycode")
        rightly = label[:2].lower() == "xn" and text.encode("punycode").decode("ascii") == label[4:].lower()
    except ValueError:
        return True
    fit = text.isprintable() and text == text.lower() and unicodedata.is_normalized("NFC", text)
    return not rightly or not fit or text.isascii()


def looks_like_dns(text: str) -> bool:
    """Return whether the text has at least two labels, the last not a number, after an optional wildcard."""
    labels = text.removeprefix("*.").split(".")
    return len(labels) > 1 and all(is_label(label) for label in labels) and not labels[-1].isdigit()


def escape_octets(octets: bytes) -> str:
    """Return octets as ASCII text. Other octets become escapes, which no syntax check accepts."""
    return octets.decode("ascii", "backslashreplace")


def is_host(text: str) -> bool:
    """Return whether the text is one or more labels in the form of a DNS name in a certificate."""
    return len(text) <= MAX_NAME and all(is_label(label) for label in text.split("."))


def is_mailbox(text: str) -> bool:
    """Return whether the text is local part, @, and domain (RFC 5321 §4.1.2): ASCII, without comments or quotes."""
    local, _, domain = text.rpartition("@")
    return _LOCAL_PART.fullmatch(local) is not None and is_host(domain)


def is_absolute_uri(text: str) -> bool:
    """Return whether the text is a scheme and something after it, in the characters of RFC 3986 §2."""
    return _ABSOLUTE_URI.fullmatch(text) is not None


def is_http_uri(text: str) -> bool:
    """Return whether the text is an absolute http URI (RFC 3986 §4.3) without user information and fragment."""
    return _HTTP_URI.fullmatch(text) is not None
