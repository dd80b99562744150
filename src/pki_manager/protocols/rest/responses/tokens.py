"""Response bodies of API tokens."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel

from pki_manager.authority.rights import tokens
from pki_manager.domain.rights import token
from pki_manager.domain.rights.actor import Reach
from pki_manager.domain.rights.permission import Permission
from pki_manager.protocols.rest.responses.rights import build_scope_members


class TokenResponse(BaseModel):
    """API token. `prefix` is its public start, which identifies it.

    A token has the permissions of its role within its scope (null: no limit), and never more than its `owner`. After a
    rotation, the old secret is valid until `old_until`.
    """

    id: UUID
    name: str
    prefix: str
    role: str
    permissions: list[Permission] | None
    cas: list[UUID] | None
    profiles: list[str] | None
    names: list[str] | None
    reach: Reach
    owner: str
    team: UUID | None
    created_by: str
    created_at: datetime
    expires: datetime
    revoked_at: datetime | None
    last_used_at: datetime | None
    old_until: datetime | None

    @classmethod
    def of(cls, one: token.Token) -> TokenResponse:
        return cls.model_validate(cls.members(one))

    @staticmethod
    def members(one: token.Token) -> dict[str, object]:
        return {
            "id": one.id,
            "name": one.name,
            "prefix": one.prefix,
            "role": one.role,
            "permissions": None if one.permissions is None else sorted(one.permissions),
            **build_scope_members(one.scope),
            "owner": one.owner_id,
            "team": one.team_id,
            "created_by": one.created_by,
            "created_at": one.created_at,
            "expires": one.expires_at,
            "revoked_at": one.revoked_at,
            "last_used_at": one.last_used_at,
            "old_until": one.old_until,
        }


class TokenPage(BaseModel):
    items: list[TokenResponse]
    next_cursor: str | None


class NewTokenResponse(TokenResponse):
    """API token with its secret. `token` is returned only once.

    If the same request is repeated, it is null and `secret_delivered` is true.
    """

    token: str | None
    secret_delivered: bool

    @classmethod
    def made(cls, new: tokens.NewToken) -> NewTokenResponse:
        return cls.model_validate(
            {**cls.members(new.token), "token": new.secret, "secret_delivered": new.secret is None}
        )
