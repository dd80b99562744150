"""Tokens that were just read: a busy caller's token is read a few times a second, not at each request."""

from __future__ import annotations

from dataclasses import dataclass

from pki_manager.domain.rights.actor import Actor
from pki_manager.domain.rights.token import Token

SECONDS = 0.2
"""How long a token is believed without looking: as long as another process' revocation may take to be heard of here."""

_MOST = 10_000


@dataclass(frozen=True, slots=True)
class Recognised:
    """A token, and who acts with it: without door, peer and request, which come with each call."""

    token: Token
    actor: Actor


class TokenMemory:
    """By the hash of their secret; times are monotonic seconds. Threads share it."""

    def __init__(self) -> None:
        self._seen: dict[bytes, tuple[Recognised, float]] = {}

    def recall(self, token_sha256: bytes, now: float) -> Recognised | None:
        """The token and its rights as they were at most SECONDS ago. Whether it is usable is the caller's to judge."""
        known, until = self._seen.get(token_sha256, (None, now))
        return known if now < until else None

    def keep(self, token_sha256: bytes, known: Recognised, now: float) -> None:
        """`now` is from before the token was read."""
        if len(self._seen) >= _MOST:
            self._seen = {}
        self._seen[token_sha256] = known, now + SECONDS

    def forget(self) -> None:
        """A token was changed by this process: all tokens are read again."""
        self._seen = {}
