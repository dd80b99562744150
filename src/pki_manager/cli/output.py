"""Responses as tables, JSON, YAML, CSV, or names."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from pki_manager.cli.table import Layout, format_table
from pki_manager.cli.text import escape_control_characters
from pki_manager.domain.csv_cell import escape_formula
from pki_manager.domain.errors import InvalidInput

_FILES = frozenset({"pem", "chain_pem", "csr"})
"""Members that contain a whole file, which does not fit into a cell."""


class Output(StrEnum):
    TABLE = "table"
    JSON = "json"
    YAML = "yaml"
    CSV = "csv"
    NAME = "name"
    """The ID of each object, or the name of an object without ID: what other commands take as argument."""

    @property
    def is_document(self) -> bool:
        """Return whether this format shows all members of a document, for programs."""
        return self in (Output.JSON, Output.YAML)


def show(document: Mapping[str, Any], output: Output) -> None:
    """Print one object."""
    if output is Output.JSON:
        _json(document)
    elif output is Output.YAML:
        _yaml(document)
    elif output is Output.NAME:
        _names([document])
    elif output is Output.CSV:
        _csv([flatten(document)])
    else:
        rows = flatten(document)
        # Said of a repeated request only: next to a secret that was just written, "no" reads like a failure.
        if document.get("secret_delivered") is False:
            del rows["secret_delivered"]
        width = max(map(len, rows), default=0)
        for name, value in rows.items():
            print(f"{name:<{width}}  {escape_control_characters(value)}".rstrip())


def warn(message: str) -> None:
    """Print a warning on standard error."""
    print(escape_control_characters(f"Warning: {message}"), file=sys.stderr)


def show_list(
    document: Mapping[str, Any], columns: Sequence[str], output: Output, layout: Layout = Layout.FULL
) -> None:
    """Print a page `{items, next_cursor}` of a list.

    A table shows `columns`, or all columns if its layout is wide. CSV contains all values but whole files,
    such as `pem`.
    """
    rows = [flatten(item) for item in document["items"]]
    if output is Output.JSON:
        _json(document)
    elif output is Output.YAML:
        _yaml(document)
    elif output is Output.NAME:
        _names(document["items"])
    elif output is Output.CSV:
        _csv(rows)
    else:
        print("\n".join(format_table(rows, columns, layout)))


def flatten(document: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    """Return the members as text by dotted name. List entries are named by position, from 0: `keys.0.urls.crl`."""
    cells: dict[str, str] = {}
    for name, value in document.items():
        if name in _FILES:
            continue
        if isinstance(value, Mapping) and value:
            cells |= flatten(value, f"{prefix}{name}.")
        elif isinstance(value, list) and any(isinstance(item, Mapping) for item in value):
            cells |= flatten({str(position): item for position, item in enumerate(value)}, f"{prefix}{name}.")
        else:
            cells[prefix + name] = _cell(value)
    return cells


def _cell(value: object) -> str:
    if value is None or value == {}:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _json(document: Mapping[str, Any]) -> None:
    print(json.dumps(document, indent=2))


def _yaml(document: Mapping[str, Any]) -> None:
    import yaml

    print(yaml.safe_dump(document, sort_keys=False, allow_unicode=True), end="")


def _names(items: Sequence[Mapping[str, Any]]) -> None:
    for item in items:
        name = item.get("id") or item.get("name")
        if name is None:
            raise InvalidInput.of("--output", "output.name", "cannot be name: the result has no ID and no name")
        print(escape_control_characters(str(name)))


def _csv(rows: Sequence[Mapping[str, str]]) -> None:
    names = list(dict.fromkeys(name for row in rows for name in row))
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([escape_formula(row.get(name, "")) for name in names] for row in rows)
