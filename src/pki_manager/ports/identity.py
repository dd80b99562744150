"""Identity providers as the use cases see them, and what is remembered of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from pki_manager.domain.people.identity import Claims, Flow, Identity, IdentityGrant, Provider, SignedOut


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One visit at the provider. `since` is when it began, where the user has to authenticate again."""

    redirect_uri: str
    state: str
    nonce: str
    verifier: str
    since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Callback:
    """What the browser brings back (RFC 6749 §4.1.2, RFC 9207)."""

    state: str
    code: str | None = None
    issuer: str | None = None
    error: str | None = None


class IdentityProvider(Protocol):
    """By OpenID Connect. Threads share one."""

    @property
    def about(self) -> Provider: ...

    def authorization_url(self, ask: Ask) -> str:
        """Where to send the browser. ProviderUnavailable."""
        ...

    def redeem(self, callback: Callback, ask: Ask) -> Claims:
        """What the provider says, once all of it is verified. IdentityRefused; ProviderUnavailable."""
        ...

    def sign_out_url(self, back: str) -> str | None:
        """Where a browser is signed out there and then sent `back`; None where there is no such place.

        ProviderUnavailable.
        """
        ...

    def signed_out(self, token: str) -> SignedOut:
        """Who has signed out there, as a logout token says, once all of it is verified; it may have come before.

        IdentityRefused; ProviderUnavailable.
        """
        ...


class Identities(Protocol):
    """In one transaction."""

    def find(self, issuer: str, subject: str) -> Identity | None: ...

    def of_user(self, user_id: UUID) -> Sequence[Identity]:
        """Oldest first."""
        ...

    def add(self, identity: Identity) -> None:
        """Conflict when the subject already belongs to a user."""
        ...

    def set_suspended(self, identity_id: UUID, *, suspended: bool) -> None: ...

    def touch(self, identity_id: UUID, now: datetime) -> bool:
        """Note a sign-in by it. False when it is not linked any more."""
        ...

    def remove(self, identity_id: UUID) -> None: ...

    def grants(self, identity_id: UUID) -> Sequence[IdentityGrant]: ...

    def put_grants(self, identity_id: UUID, grants: Sequence[IdentityGrant]) -> None:
        """In place of those before."""
        ...

    def add_flow(self, secret_sha256: bytes, flow: Flow) -> None:
        """Conflict when it is there already."""
        ...

    def take_flow(self, secret_sha256: bytes, now: datetime) -> Flow | None:
        """Once, however many take it at the same time; None when it is over."""
        ...

    def prune_flows(self, now: datetime) -> int: ...
