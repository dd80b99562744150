"""Sessions of signed-in users."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID


class Stage(StrEnum):
    """Stage of a sign-in. `second-factor`: a second factor is required.

    `second-factor-setup`: the user must set up a second factor first. `active`: signed in.
    """

    SECOND_FACTOR = "second-factor"
    SECOND_FACTOR_SETUP = "second-factor-setup"
    ACTIVE = "active"


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A session in a browser. `authenticated_at` is when the user last authenticated, `ends_at` when it expires.

    `method` is how the user signed in (`password`, `password+totp`, `passkey`); `agent` is the browser's User-Agent.
    `provider_session` is the identity provider's `sid` of its own session, None without one.
    """

    id: UUID
    user_id: UUID
    stage: Stage
    method: str
    peer: str | None
    agent: str
    created_at: datetime
    authenticated_at: datetime
    last_seen_at: datetime
    ends_at: datetime
    revoked_at: datetime | None
    provider_session: str | None = None

    def was_begun_by(self, method: str) -> bool:
        """Return whether the session began with that sign-in method, with or without a second factor."""
        return self.method == method or self.method.startswith(f"{method}+")

    def idle_end(self, idle: timedelta) -> datetime:
        """Return when the session ends if no further request arrives."""
        return min(self.last_seen_at + idle, self.ends_at)

    def usable(self, now: datetime, idle: timedelta) -> bool:
        return self.revoked_at is None and now < self.idle_end(idle)
