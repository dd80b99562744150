"""Tokens that were seen a moment ago: a busy caller's token is read a few times a second, not at each request."""

from __future__ import annotations

from pki_manager.domain.token import Token

SECONDS = 0.2
"""How long a token is believed without looking: as long as another process' revocation may take to be heard of here."""

_MOST = 10_000


class TokenMemory:
    """By the hash of their secret; times are monotonic seconds. Threads share it."""

    def __init__(self) -> None:
        self._seen: dict[bytes, tuple[Token, float]] = {}

    def recall(self, token_sha256: bytes, now: float) -> Token | None:
        """The token as it was at most SECONDS ago. Whether it is usable is the caller's to judge."""
        token, until = self._seen.get(token_sha256, (None, now))
        return token if now < until else None

    def keep(self, token_sha256: bytes, token: Token, now: float) -> None:
        """`now` is from before the token was read."""
        if len(self._seen) >= _MOST:
            self._seen = {}
        self._seen[token_sha256] = token, now + SECONDS

    def forget(self) -> None:
        """A token was changed by this process: everybody's is read anew."""
        self._seen = {}
