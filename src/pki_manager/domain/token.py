"""API tokens: only a hash is ever stored."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from pki_manager.domain.actor import Role

PREFIX = "pkim_"


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """`prefix` is the public beginning that tells tokens apart; `created_by` the actor id that made it."""

    id: UUID
    name: str
    prefix: str
    role: Role
    created_by: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    last_used_at: datetime | None

    def usable(self, now: datetime) -> bool:
        return self.revoked_at is None and now < self.expires_at
