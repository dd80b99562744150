"""Response bodies of identity providers and linked accounts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from pydantic import BaseModel

from pki_manager.domain.people import identity


class ProviderResponse(BaseModel):
    name: str
    title: str


class ProviderList(BaseModel):
    items: list[ProviderResponse]

    @classmethod
    def of(cls, providers: Sequence[identity.Provider]) -> ProviderList:
        return cls(items=[ProviderResponse(name=one.name, title=one.title) for one in providers])


class VisitResponse(BaseModel):
    """URL of the identity provider for this browser. The flow cannot be completed in another browser."""

    authorization_url: str


class ProviderSignOut(BaseModel):
    """Sign-out at the identity provider. `url` is null if the provider does not offer it or the settings disable it."""

    url: str | None


class BackChannelSignOut(BaseModel):
    """Number of sessions that ended."""

    sessions: int


class IdentityResponse(BaseModel):
    """Linked account at an identity provider. `provider` is null if the settings no longer contain its issuer.

    `removable` says whether you can unlink it. Administrators can unlink every account, and users their own unless a
    rule created it.
    """

    id: UUID
    provider: str | None
    title: str
    subject: str
    removable: bool
    created_at: datetime
    last_used_at: datetime | None

    @classmethod
    def of(
        cls, one: identity.Identity, providers: Mapping[str, identity.Provider], *, by_administrator: bool
    ) -> IdentityResponse:
        provider = providers.get(one.issuer)
        return cls(
            id=one.id,
            provider=None if provider is None else provider.name,
            title=one.issuer if provider is None else provider.title,
            subject=one.subject,
            removable=by_administrator or not one.by_rules,
            created_at=one.created_at,
            last_used_at=one.last_used_at,
        )


class IdentityList(BaseModel):
    items: list[IdentityResponse]


def build_identity_list(
    found: Sequence[identity.Identity], providers: Sequence[identity.Provider], *, by_administrator: bool = False
) -> IdentityList:
    """Return linked accounts with the titles of their identity providers in the settings."""
    by_issuer = {one.issuer: one for one in providers}
    return IdentityList(items=[IdentityResponse.of(one, by_issuer, by_administrator=by_administrator) for one in found])
