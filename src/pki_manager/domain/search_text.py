"""Text search of certificates: the searchable text of a certificate, and the terms of a query."""

from __future__ import annotations

import re
import string
from collections.abc import Iterable

from pki_manager.domain.certificate import format_serial
from pki_manager.domain.names import AlternativeName

SHORTEST = 3
"""Minimum length of a query that is found anywhere in a text. A shorter query is found only at the start of names."""

_TO_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)
_ATTRIBUTE = re.compile(r"(?:^|[,+])[A-Za-z0-9.-]+=((?:\\.|[^\\,+])*)", re.DOTALL)
_ESCAPED = re.compile(r"\\(?:([0-9A-Fa-f]{2})|(.))", re.DOTALL)
_KIND = re.compile(r"^(?:dns|ip|email|uri):(?=.)")
"""Prefixes such as `dns:` that web pages and files write before an alternative name."""

_GROUPS = re.compile(r"[0-9a-f]+(?:[: ][0-9a-f]+)+", re.ASCII)
"""A serial number, or a part of one, as other programs write it: groups of hex digits with colons or spaces between."""


def list_subject_values(subject: str) -> list[str]:
    """Return the attribute values of a subject in RFC 4514 form, unescaped."""
    return [_ESCAPED.sub(_unescape, match[1]) for match in _ATTRIBUTE.finditer(subject) if match[1]]


def build_certificate_text(subject: str, sans: Iterable[AlternativeName], serial: int) -> str:
    """Return the searchable text of a certificate, in lower case, one value a line.

    The values are the alternative names, the values of the subject's attributes, the whole subject, and the serial
    number. In the whole subject only ASCII letters are changed to lower case, as both databases can do it.
    """
    lines = [san.value.lower() for san in sans]
    lines += [value.lower() for value in list_subject_values(subject)]
    return "\n".join(dict.fromkeys([*lines, subject.translate(_TO_LOWER), format_serial(serial)]))


def name_text(query: str) -> str:
    """Return a query in the form of stored names: in lower case, without a prefix such as `dns:`."""
    return _KIND.sub("", query.strip().lower())


def search_terms(query: str) -> tuple[str, ...]:
    """Return the search terms of a query. A certificate matches if its text contains at least one of them.

    For groups of hex digits such as `12:34:AB`, the digits without separators are also a term.
    """
    text = name_text(query)
    terms = [text, _KIND.sub("", query.strip().translate(_TO_LOWER))]
    if _GROUPS.fullmatch(text):
        terms.append(text.replace(":", "").replace(" ", ""))
    return tuple(dict.fromkeys(terms))


def _unescape(match: re.Match[str]) -> str:
    return chr(int(match[1], 16)) if match[1] else match[2]
