"""Randomness, injected."""

from __future__ import annotations

from typing import Protocol


class Entropy(Protocol):
    def token(self, size: int) -> bytes:
        """`size` bytes from the operating system's CSPRNG."""
        ...
