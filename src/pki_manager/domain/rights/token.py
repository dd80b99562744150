"""API tokens. Only a hash of the secret is stored."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from pki_manager.domain.rights.actor import EVERYTHING, Scope
from pki_manager.domain.rights.permission import Permission

PREFIX = "pkim_"


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """An API token. `prefix` is the public beginning of its secret; `created_by` is the creator's actor ID.

    The token has the permissions of its `role`, limited to `permissions` (None: all) and `scope`, and to those that its
    owner has when the token is used. After a rotation the old secret is valid until `old_until`; `rotated_by` are the
    actor IDs of the users who rotated it and so received a secret.
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
