"""Randomness that repeats."""

from __future__ import annotations

import hashlib
from threading import Lock


class SeededEntropy:
    """Implements ports.entropy.Entropy: never the same token twice, the same tokens in every run."""

    def __init__(self, seed: str = "seed") -> None:
        self._seed = seed
        self._count = 0
        self._lock = Lock()

    def token(self, size: int) -> bytes:
        with self._lock:
            self._count += 1
            material = f"{self._seed}/{self._count}".encode()
        return hashlib.shake_256(material).digest(size)
