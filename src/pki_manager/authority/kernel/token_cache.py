"""A short-lived cache of tokens: the token of a busy caller is read a few times a second, not for each request."""

from __future__ import annotations

from dataclasses import dataclass

from pki_manager.domain.rights.actor import Actor
from pki_manager.domain.rights.token import Token

SECONDS = 0.2
"""Seconds that a token stays in the cache: the longest delay until a revocation by another process applies here."""

_MOST = 10_000


@dataclass(frozen=True, slots=True)
class Recognised:
    """A token and its actor, without the interface, address, and request ID, which differ for each call."""

    token: Token
    actor: Actor


class TokenMemory:
    """Recently read tokens by the SHA-256 of their secret, for REST, or by their ID, for ACME.

    Times are monotonic seconds. Thread-safe.
    """

    def __init__(self) -> None:
        self._seen: dict[bytes, tuple[Recognised, float]] = {}

    def recall(self, key: bytes, now: float) -> Recognised | None:
        """Return a token and its permissions as they were at most SECONDS ago; None if it is not in the cache.

        The caller must check whether the token is still valid.
        """
        known, until = self._seen.get(key, (None, now))
        return known if now < until else None

    def keep(self, key: bytes, known: Recognised, now: float) -> None:
        """Store a token in the cache. `now` must be a time before the token was read."""
        if len(self._seen) >= _MOST:
            self._seen = {}
        self._seen[key] = known, now + SECONDS

    def forget(self) -> None:
        """Remove all tokens from the cache, after this process changed one."""
        self._seen = {}
