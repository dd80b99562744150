"""Values in CSV files, which people open in spreadsheets."""

from __future__ import annotations

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "'")


def harmless(cell: str) -> str:
    """A spreadsheet must not take a value for a formula: an apostrophe makes it text.

    A value that begins with an apostrophe gets one too, so that a reader of the cell takes off exactly one.
    """
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
