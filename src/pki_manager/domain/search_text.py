"""What a search of certificates compares: the text of a certificate, and the forms of the text that is searched."""

from __future__ import annotations

import re
import string
from collections.abc import Iterable

from pki_manager.domain.certificate import format_serial
from pki_manager.domain.names import AlternativeName

SHORTEST = 3
"""Characters of a text that is found anywhere. A shorter one is found at the start of names."""

_TO_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)
_ATTRIBUTE = re.compile(r"(?:^|[,+])[A-Za-z0-9.-]+=((?:\\.|[^\\,+])*)", re.DOTALL)
_ESCAPED = re.compile(r"\\(?:([0-9A-Fa-f]{2})|(.))", re.DOTALL)
_KIND = re.compile(r"^(?:dns|ip|email|uri):(?=.)")
"""Prefixes that pages and files write before an alternative name."""

_GROUPS = re.compile(r"[0-9a-f]+(?:[: ][0-9a-f]+)+", re.ASCII)
"""A part of a serial number as other programs write it."""


def subject_values(subject: str) -> list[str]:
    """Return the attribute values of an RFC 4514 text, unescaped."""
    return [_ESCAPED.sub(_unescape, match[1]) for match in _ATTRIBUTE.finditer(subject) if match[1]]


def certificate_text(subject: str, sans: Iterable[AlternativeName], serial: int) -> str:
    """Return what is searched of a certificate, a line each: names and subject in lower case, and the serial number.

    Of the subject only ASCII letters are in lower case, as both databases can do it.
    """
    lines = [san.value.lower() for san in sans]
    lines += [value.lower() for value in subject_values(subject)]
    return "\n".join(dict.fromkeys([*lines, subject.translate(_TO_LOWER), format_serial(serial)]))


def name_text(query: str) -> str:
    """Return the searched text as names are stored: in lower case, without the kind of an alternative name."""
    return _KIND.sub("", query.strip().lower())


def search_terms(query: str) -> tuple[str, ...]:
    """Return the texts of which a certificate's text must contain one.

    Groups of hex digits such as `12:34:AB` are also searched without what separates them.
    """
    text = name_text(query)
    terms = [text, _KIND.sub("", query.strip().translate(_TO_LOWER))]
    if _GROUPS.fullmatch(text):
        terms.append(text.replace(":", "").replace(" ", ""))
    return tuple(dict.fromkeys(terms))


def _unescape(match: re.Match[str]) -> str:
    return chr(int(match[1], 16)) if match[1] else match[2]
