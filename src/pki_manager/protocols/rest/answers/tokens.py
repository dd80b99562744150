"""API tokens as they are answered."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel

from pki_manager.authority import tokens
from pki_manager.domain import token
from pki_manager.domain.actor import Role


class Token(BaseModel):
    """`prefix` is the public beginning that tells tokens apart."""

    id: UUID
    name: str
    prefix: str
    role: Role
    created_by: str
    created_at: datetime
    expires: datetime
    revoked_at: datetime | None
    last_used_at: datetime | None

    @classmethod
    def of(cls, one: token.Token) -> Token:
        return cls.model_validate(cls.members(one))

    @staticmethod
    def members(one: token.Token) -> dict[str, object]:
        return {
            "id": one.id,
            "name": one.name,
            "prefix": one.prefix,
            "role": one.role,
            "created_by": one.created_by,
            "created_at": one.created_at,
            "expires": one.expires_at,
            "revoked_at": one.revoked_at,
            "last_used_at": one.last_used_at,
        }


class TokenPage(BaseModel):
    items: list[Token]
    next_cursor: str | None


class NewToken(Token):
    """`token` is told once: null, with `secret_delivered`, when the same request comes again."""

    token: str | None
    secret_delivered: bool

    @classmethod
    def made(cls, new: tokens.NewToken) -> NewToken:
        return cls.model_validate(
            {**cls.members(new.token), "token": new.secret, "secret_delivered": new.secret is None}
        )
