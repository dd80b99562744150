"""A browser in which a user is signed in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID


class Stage(StrEnum):
    """Stage of a sign-in. `second-factor`: a second factor is required. The stage after it: one must be set up first.

    `active`: signed in.
    """

    SECOND_FACTOR = "second-factor"
    ENROLMENT = "enrolment"
    ACTIVE = "active"


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """`authenticated_at` is when the user last proved who they are, `ends_at` when it ends in any case.

    `method` is the way in (`password`, `password+totp`, `passkey` and so on); `agent` what the browser calls
    itself. `provider_session` is the identity provider's name (`sid`) for its own session that this one began in, or
    None where it has none.
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
        """With or without a second factor after it."""
        return self.method == method or self.method.startswith(f"{method}+")

    def idle_end(self, idle: timedelta) -> datetime:
        """When it ends if nothing more comes from it."""
        return min(self.last_seen_at + idle, self.ends_at)

    def usable(self, now: datetime, idle: timedelta) -> bool:
        return self.revoked_at is None and now < self.idle_end(idle)
