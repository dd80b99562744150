"""The port of random numbers."""

from __future__ import annotations

from typing import Protocol


class Entropy(Protocol):
    """The source of random numbers."""

    def token(self, size: int) -> bytes:
        """Return `size` random bytes of the operating system's CSPRNG."""
        ...
