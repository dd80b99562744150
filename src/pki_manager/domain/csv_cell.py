"""Values in CSV files, which people open in spreadsheet programs."""

from __future__ import annotations

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "'")


def escape_formula(cell: str) -> str:
    """Return a cell that a spreadsheet does not execute as a formula: an apostrophe in front makes it text.

    A value that begins with an apostrophe gets another one, so that a reader removes exactly one.
    """
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
