"""The ports of identity providers: OpenID Connect, and the storage of linked accounts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from pki_manager.domain.people.identity import Claims, Flow, Identity, IdentityGrant, Provider, SignedOut


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One visit at the provider. `since` is when it began, if the user must authenticate again there."""

    redirect_uri: str
    state: str
    nonce: str
    verifier: str
    since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Callback:
    """The parameters that the browser brings back (RFC 6749 §4.1.2, RFC 9207)."""

    state: str
    code: str | None = None
    issuer: str | None = None
    error: str | None = None


class IdentityProvider(Protocol):
    """An identity provider with OpenID Connect. Thread-safe."""

    @property
    def about(self) -> Provider: ...

    def authorization_url(self, ask: Ask) -> str:
        """Return the URL to send the browser to. Raises ProviderUnavailable."""
        ...

    def redeem(self, callback: Callback, ask: Ask) -> Claims:
        """Return the verified claims of a returning user. Raises IdentityRefused; ProviderUnavailable."""
        ...

    def sign_out_url(self, back: str) -> str | None:
        """Return the URL that signs a browser out there and returns it to `back`. None if there is none.

        Raises ProviderUnavailable.
        """
        ...

    def signed_out(self, token: str) -> SignedOut:
        """Return the verified contents of a logout token, which can be a repeated one.

        Raises IdentityRefused; ProviderUnavailable.
        """
        ...


class Identities(Protocol):
    """Stored linked accounts, and visits in progress."""

    def find(self, issuer: str, subject: str) -> Identity | None: ...

    def of_user(self, user_id: UUID) -> Sequence[Identity]:
        """Return the linked accounts of a user, oldest first."""
        ...

    def add(self, identity: Identity) -> None:
        """Store a linked account. Raises Conflict if the subject belongs to a user already."""
        ...

    def set_suspended(self, identity_id: UUID, *, suspended: bool) -> None: ...

    def touch(self, identity_id: UUID, now: datetime) -> bool:
        """Store a sign-in. Returns False if the account is not linked any more."""
        ...

    def remove(self, identity_id: UUID) -> None: ...

    def grants(self, identity_id: UUID) -> Sequence[IdentityGrant]: ...

    def put_grants(self, identity_id: UUID, grants: Sequence[IdentityGrant]) -> None:
        """Replace what the provider's rules assigned."""
        ...

    def add_flow(self, secret_sha256: bytes, flow: Flow) -> None:
        """Store a visit in progress. Raises Conflict if it exists."""
        ...

    def take_flow(self, secret_sha256: bytes, now: datetime) -> Flow | None:
        """Delete and return a visit in progress; None if it has expired. One of parallel calls gets it."""
        ...

    def prune_flows(self, now: datetime) -> int: ...
