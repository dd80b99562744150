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
    """The values of one sign-in at the provider, from its start to the return of the browser.

    `since` is when it began, if the user must authenticate again at the provider.
    """

    redirect_uri: str
    state: str
    nonce: str
    verifier: str
    since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Callback:
    """The parameters with which the browser returns from the provider (RFC 6749 §4.1.2, RFC 9207)."""

    state: str
    code: str | None = None
    issuer: str | None = None
    error: str | None = None


class IdentityProvider(Protocol):
    """An identity provider with OpenID Connect. Thread-safe."""

    @property
    def about(self) -> Provider: ...

    def build_authorization_url(self, ask: Ask) -> str:
        """Return the URL to which the browser is sent. Raises ProviderUnavailable if the provider cannot be reached."""
        ...

    def redeem(self, callback: Callback, ask: Ask) -> Claims:
        """Return the verified claims of a user who returns from the provider.

        Raises IdentityRefused if the response or the claims are not accepted; ProviderUnavailable if the provider
        fails.
        """
        ...

    def sign_out_url(self, back: str) -> str | None:
        """Return the URL that ends the session at the provider and returns the browser to `back`, or None.

        Raises ProviderUnavailable if the provider cannot be reached.
        """
        ...

    def read_logout_token(self, token: str) -> SignedOut:
        """Return the verified contents of a logout token. Whether the token was used before is not checked.

        Raises IdentityRefused if the token is not accepted; ProviderUnavailable if the provider cannot be reached.
        """
        ...


class Identities(Protocol):
    """Stored linked accounts, and sign-ins in progress at identity providers."""

    def find(self, issuer: str, subject: str) -> Identity | None: ...

    def list_by_user(self, user_id: UUID) -> Sequence[Identity]:
        """Return the linked accounts of a user, oldest first."""
        ...

    def add(self, identity: Identity) -> None:
        """Store a linked account. Raises Conflict if the account at the provider is already linked to a user."""
        ...

    def set_suspended(self, identity_id: UUID, *, suspended: bool) -> None: ...

    def touch(self, identity_id: UUID, now: datetime) -> bool:
        """Store the time of a sign-in. Returns False if the account is no longer linked."""
        ...

    def remove(self, identity_id: UUID) -> None: ...

    def list_grants(self, identity_id: UUID) -> Sequence[IdentityGrant]: ...

    def put_grants(self, identity_id: UUID, grants: Sequence[IdentityGrant]) -> None:
        """Replace the grants that the provider's rules have assigned to a linked account."""
        ...

    def add_flow(self, secret_sha256: bytes, flow: Flow) -> None:
        """Store a sign-in in progress. Raises Conflict if it exists."""
        ...

    def take_flow(self, secret_sha256: bytes, now: datetime) -> Flow | None:
        """Delete and return a sign-in in progress, or None if it has expired. Only one of parallel calls returns it."""
        ...

    def prune_flows(self, now: datetime) -> int: ...
