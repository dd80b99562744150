"""The rows of a bulk job's file: CSV (RFC 4180) with a header line, or one JSON object a line."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping

from pki_manager.domain.bulk import MAX_ROWS
from pki_manager.domain.errors import FieldError, InvalidInput, Malformed, TooLarge
from pki_manager.protocols.strict_json import read_json

CSV = "text/csv"
NDJSON = "application/x-ndjson"
MEDIA_TYPES = (CSV, NDJSON)
MAX_OCTETS = 32 * 1024 * 1024

Row = dict[str, str]


def read_rows(content: bytes, media_type: str, defaults: Mapping[str, str]) -> list[Row]:
    """Return the rows in the order of the file, without empty cells; `defaults` fill missing values.

    Raises Malformed if the file is not UTF-8, CSV, or JSON; InvalidInput with row and field for a value of the wrong
    type; TooLarge for more than MAX_ROWS rows.
    """
    read = _csv_rows if media_type == CSV else _ndjson_rows
    rows: list[Row] = []
    for row in read(_text(content)):
        rows.append({**defaults, **row})
        if len(rows) > MAX_ROWS:
            raise TooLarge.of("rows", "bulk.rows", f"must have at most {MAX_ROWS} rows")
    return rows


def _text(content: bytes) -> str:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Malformed.of("rows", "bulk.utf8", "must be UTF-8 text") from None
    if "\0" in text:
        raise Malformed.of("rows", "bulk.nul", "must not contain a NUL character")
    return text


def _csv_rows(text: str) -> Iterator[Row]:
    lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        names = [name.strip() for name in next(lines, [])]
        if len(set(names)) != len(names) or "" in names:
            raise Malformed.of("rows", "bulk.header", "must name each column once in the header line")
        for cells in lines:
            if not cells:
                continue
            if len(cells) != len(names):
                message = f"has {len(cells)} cells, but the header line has {len(names)}"
                raise Malformed.of(f"line {lines.line_num}", "bulk.cells", message)
            yield {name: cell for name, cell in zip(names, cells, strict=True) if cell.strip()}
    except csv.Error as error:
        raise Malformed.of(f"line {lines.line_num}", "bulk.csv", f"is not CSV (RFC 4180): {error}") from None


def _ndjson_rows(text: str) -> Iterator[Row]:
    number = 0
    for line_number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        number += 1
        try:
            value = read_json(line.encode())
        except Malformed:
            raise Malformed.of(f"line {line_number}", "bulk.json", "must be exactly one JSON object") from None
        if not isinstance(value, dict):
            raise Malformed.of(f"line {line_number}", "bulk.json", "must be exactly one JSON object")
        members = _flatten_fields(value)
        yield {name: _to_text(number, name, member) for name, member in members.items() if member is not None}


def _flatten_fields(row: Mapping[str, object]) -> Mapping[str, object]:
    """Return a row with the members of its `fields` as `fields.NAME`, as the columns of a CSV file are named."""
    fields = row.get("fields")
    if not isinstance(fields, dict):
        return row
    others = {name: member for name, member in row.items() if name != "fields"}
    return {**others, **{f"fields.{name}": member for name, member in fields.items()}}


def _to_text(number: int, name: str, value: object) -> str:
    """Return a value as the text of a CSV cell: the items of a list (`sans`) are separated by spaces."""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(item, str) and not set(item) & set(" \t\r\n") for item in value):
        return " ".join(value)
    message = "must be text, or a list of texts without white space"
    raise InvalidInput(
        f"Row {number}: {name} {message}.", errors=(FieldError(f"rows.{number}.{name}", "bulk.value", message),)
    )
