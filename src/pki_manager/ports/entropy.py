"""The port of the random number generator."""

from __future__ import annotations

from typing import Protocol


class Entropy(Protocol):
    """The source of random numbers."""

    def token(self, size: int) -> bytes:
        """Return `size` random bytes from the operating system's CSPRNG."""
        ...
