"""Identity providers, and accounts there, as they are answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from pydantic import BaseModel

from pki_manager.domain import identity


class Provider(BaseModel):
    name: str
    title: str


class ProviderList(BaseModel):
    items: list[Provider]

    @classmethod
    def of(cls, providers: Sequence[identity.Provider]) -> ProviderList:
        return cls(items=[Provider(name=one.name, title=one.title) for one in providers])


class Visit(BaseModel):
    """The URL is for this browser alone: the answer to it is worth nothing in another."""

    authorization_url: str


class ProviderSignOut(BaseModel):
    """`url` is null where the provider offers no such thing, or the settings say no."""

    url: str | None


class Identity(BaseModel):
    """`provider` is null when the settings name its issuer no longer; `removable` is false for what rules made."""

    id: UUID
    provider: str | None
    title: str
    subject: str
    removable: bool
    created_at: datetime
    last_used_at: datetime | None

    @classmethod
    def of(cls, one: identity.Identity, providers: Mapping[str, identity.Provider]) -> Identity:
        provider = providers.get(one.issuer)
        return cls(
            id=one.id,
            provider=None if provider is None else provider.name,
            title=one.issuer if provider is None else provider.title,
            subject=one.subject,
            removable=not one.by_rules,
            created_at=one.created_at,
            last_used_at=one.last_used_at,
        )


class IdentityList(BaseModel):
    items: list[Identity]
