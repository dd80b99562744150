"""Strict reading of JSON bodies (RFC 8259, I-JSON RFC 7493): ambiguous input is refused."""

from __future__ import annotations

import json
from typing import Any

from pki_manager.domain.errors import FieldError, Malformed


def read_json(body: bytes) -> object:
    """Return the value in `body`, UTF-8 text.

    Raises Malformed if it is not JSON, contains NaN, Infinity, or a repeated member, has excessive nesting or numbers,
    or has text with NUL characters or unpaired surrogates, which databases and certificates cannot contain.
    """
    try:
        value = json.loads(body.decode("utf-8"), object_pairs_hook=_object, parse_constant=_no_constant)
        _require_plain_text(value)
    except (ValueError, RecursionError):
        message = "must be valid JSON (RFC 8259) without repeated members, NUL characters, or invalid Unicode"
        raise Malformed(f"The request body {message}.", errors=(FieldError("body", "json.form", message),)) from None
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("repeated member")
    return members


def _no_constant(name: str) -> object:
    raise ValueError(name)


def _require_plain_text(value: object) -> None:
    rest = [value]
    while rest:
        item = rest.pop()
        if isinstance(item, str):
            if "\0" in item:
                raise ValueError("NUL")
            item.encode("utf-8")
        elif isinstance(item, dict):
            rest += [*item.keys(), *item.values()]
        elif isinstance(item, list):
            rest += item
