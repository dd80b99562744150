"""API tokens: only a hash is ever stored."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from pki_manager.domain.rights.actor import EVERYTHING, Scope
from pki_manager.domain.rights.permission import Permission

PREFIX = "pkim_"


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """`prefix` is the public beginning that distinguishes tokens; `created_by` the actor id that made it.

    It may do what its `role` may, narrowed to `permissions` (None: all of them) and `scope`, and never more than its
    owner may at that moment. After a rotation the secret before works until `old_until`; `rotated_by` are the actor ids
    of the users who rotated it, and so received a secret.
    """

    id: UUID
    name: str
    prefix: str
    role: str
    owner_id: str
    team_id: UUID | None = None
    permissions: frozenset[Permission] | None = None
    scope: Scope = EVERYTHING
    created_by: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    last_used_at: datetime | None
    old_until: datetime | None = None
    rotated_by: tuple[str, ...] = ()

    def usable(self, now: datetime) -> bool:
        return self.revoked_at is None and now < self.expires_at
