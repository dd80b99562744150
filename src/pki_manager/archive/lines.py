"""Rows of a table as text: a row is a JSON array in a line, an octet string a JSON array with one Base64 text.

The same row is the same line on both database engines, so the digests of two tables can be compared.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Sequence

from pki_manager.domain.errors import Malformed

_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False)


def encode_row(row: Sequence[object]) -> bytes:
    """Return a row as a line, with the line end. `row` contains integers, texts, octet strings, and None."""
    plain = [[b64encode(value).decode("ascii")] if isinstance(value, bytes) else value for value in row]
    return _JSON.encode(plain).encode() + b"\n"


def decode_rows(content: bytes, width: int) -> list[list[object]]:
    """Parse lines into rows. Raises Malformed unless every line is a row of `width` values."""
    try:
        rows = [[_value(value) for value in json.loads(line)] for line in content.splitlines()]
    except (TypeError, ValueError) as error:
        raise _misfit() from error
    if any(len(row) != width for row in rows):
        raise _misfit()
    return rows


def _value(value: object) -> object:
    if isinstance(value, list):
        (text,) = value
        return b64decode(text, validate=True)
    if value is None or isinstance(value, str) or type(value) is int:
        return value
    raise _misfit()


def _misfit() -> Malformed:
    return Malformed("The backup holds a row that does not fit its table.")
