"""Text for terminals."""

from __future__ import annotations


def printable(text: str) -> str:
    """On one line, with control characters as escapes: no foreign value may control a terminal."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode("ascii") for char in text)
