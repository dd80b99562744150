"""Text for terminals."""

from __future__ import annotations


def escape_control_characters(text: str) -> str:
    """Return text in one line with control characters as escapes, so that it cannot control a terminal."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode("ascii") for char in text)
