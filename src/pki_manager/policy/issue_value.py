"""The issue-value syntax of RFC 8659 §4.2, which CAA records and dns-persist-01 records have in common."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_TAG = r"[0-9A-Za-z](?:-*[0-9A-Za-z])*"
_DOMAIN = re.compile(rf"{_TAG}(?:\.{_TAG})*")
_PARAMETER = re.compile(rf"(?P<tag>{_TAG})[ \t]*=[ \t]*(?P<value>[\x21-\x3a\x3c-\x7e]*)")
_BLANK = " \t"


@dataclass(frozen=True, slots=True)
class IssueValue:
    """An issue-value. `issuer` is the issuer domain name in lower case, and empty if the value names no issuer.

    `parameters` are values by lower-case tag; None if the syntax is invalid or a tag repeats.
    """

    issuer: str
    parameters: Mapping[str, str] | None


def parse_issue_value(text: str) -> IssueValue:
    """Return an issue-value. An invalid issuer domain name counts as none."""
    issuer, _, rest = text.strip(_BLANK).partition(";")
    name = issuer.rstrip(_BLANK)
    return IssueValue(name.lower() if _DOMAIN.fullmatch(name) else "", _parse_parameters(rest))


def _parse_parameters(text: str) -> dict[str, str] | None:
    found: dict[str, str] = {}
    if not text.strip(_BLANK):
        return found
    for part in text.split(";"):
        match = _PARAMETER.fullmatch(part.strip(_BLANK))
        if match is None or match["tag"].lower() in found:
            return None
        found[match["tag"].lower()] = match["value"]
    return found
