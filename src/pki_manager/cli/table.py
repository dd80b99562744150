"""Tables on the terminal: short columns that fit a width, or every value in full."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum

from pki_manager.cli.text import escape_control_characters

WIDTH = 100
"""Maximum width of a short table in characters, for values of realistic length."""

_GAP = "  "
_LEAST = 4
"""Minimum number of characters that remain of a shortened cell."""
_TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d):\d\d(?:\.\d+)?(?:Z|\+00:00)")
_FIXED = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{64}|\d{4}-\d\d-\d\dT\d\d:\d\dZ|\d*")
"""Values that would be useless if they were shortened: identifiers, hashes, times, and numbers."""


class Layout(StrEnum):
    FULL = "full"
    SHORT = "short"
    WIDE = "wide"


def format_table(rows: Sequence[Mapping[str, str]], columns: Sequence[str], layout: Layout) -> list[str]:
    """Return the lines of a table, header first.

    `columns` are names of cells; `a/b` is the first of the two cells that has a value. With WIDE, the table has a
    column for every cell of any row instead. Only SHORT shortens values.
    """
    names = list(dict.fromkeys(name for row in rows for name in row)) if layout is Layout.WIDE else []
    names = names or list(columns)
    body = [[escape_control_characters(_cell(row, name)) for name in names] for row in rows]
    head = [name.upper() for name in names]
    if layout is Layout.SHORT:
        body = [[_TIME.sub(r"\1Z", cell) for cell in line] for line in body]
    widths = [max(map(len, column)) for column in zip(head, *body, strict=True)]
    if layout is Layout.SHORT:
        _narrow(widths, head, body)
    lines = [head, *body]
    return [
        _GAP.join(f"{_shortened(cell, width):<{width}}" for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    ]


def _cell(row: Mapping[str, str], name: str) -> str:
    return next((row[one] for one in name.split("/") if row.get(one)), "")


def _narrow(widths: list[int], head: Sequence[str], body: Sequence[Sequence[str]]) -> None:
    """Reduce `widths` until the table fits, one character at a time from the widest column with text."""
    texts = [
        position for position in range(len(head)) if any(_FIXED.fullmatch(line[position]) is None for line in body)
    ]
    least = {position: max(_LEAST, len(head[position])) for position in texts}
    while sum(widths) + len(_GAP) * (len(widths) - 1) > WIDTH:
        widest = max(texts, key=lambda position: widths[position] - least[position], default=None)
        if widest is None or widths[widest] <= least[widest]:
            return
        widths[widest] -= 1


def _shortened(cell: str, width: int) -> str:
    if len(cell) <= width:
        return cell
    # Paths differ at their ends.
    return f"…{cell[1 - width :]}" if cell.startswith("/") else f"{cell[: width - 1]}…"
