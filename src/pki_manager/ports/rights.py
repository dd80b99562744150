"""Roles, teams, service accounts and tokens, as a transaction sees them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from pki_manager.domain.page import Page
from pki_manager.domain.rights.actor import Visibility
from pki_manager.domain.rights.role import CustomRole
from pki_manager.domain.rights.team import Membership, ServiceAccount, ServiceAccountState, Team
from pki_manager.domain.rights.token import Token


class Roles(Protocol):
    def get(self, name: str) -> CustomRole:
        """The newest version."""
        ...

    def lock(self, name: str) -> CustomRole:
        """The newest version as of now. No other unit changes, retires, or gives the role until this one ends."""
        ...

    def find(self, names: Sequence[str]) -> Sequence[CustomRole]:
        """The newest version of each that exists."""
        ...

    def page(self, cursor: str | None, limit: int) -> Page[CustomRole]:
        """The newest version of each, by name."""
        ...

    def add(self, role: CustomRole) -> None:
        """A new version. Conflict when there is one of that number."""
        ...

    def retire(self, name: str) -> None: ...

    def assigned(self, user_id: UUID) -> Sequence[str]:
        """The names of the custom roles that a user has."""
        ...

    def holders(self, name: str) -> Sequence[UUID]: ...

    def assign(self, name: str, user_id: UUID) -> bool:
        """Whether it was not so before."""
        ...

    def withdraw(self, name: str, user_id: UUID) -> bool:
        """Whether it was so before."""
        ...


class Teams(Protocol):
    def get(self, team_id: UUID) -> Team: ...

    def find(self, id_or_name: str) -> Team | None: ...

    def page(self, cursor: str | None, limit: int) -> Page[Team]:
        """Newest first."""
        ...

    def add(self, team: Team) -> None:
        """NameTaken when the name exists."""
        ...

    def of_user(self, user_id: UUID) -> Sequence[UUID]: ...

    def members(self, team_id: UUID) -> Sequence[Membership]:
        """By login."""
        ...

    def add_member(self, team_id: UUID, user_id: UUID) -> bool:
        """Whether the user was no member before."""
        ...

    def remove_member(self, team_id: UUID, user_id: UUID) -> bool:
        """Whether the user was a member."""
        ...


class ServiceAccounts(Protocol):
    def get(self, account_id: UUID) -> ServiceAccount: ...

    def find(self, id_or_name: str) -> ServiceAccount | None: ...

    def page(self, cursor: str | None, limit: int) -> Page[ServiceAccount]:
        """Newest first."""
        ...

    def add(self, account: ServiceAccount) -> None:
        """NameTaken when the name exists."""
        ...

    def set_state(self, account_id: UUID, state: ServiceAccountState) -> None: ...


class TokenReader(Protocol):
    def get(self, token_id: UUID) -> Token: ...

    def of_ids(self, ids: Sequence[UUID]) -> Sequence[Token]:
        """Those that exist, in no order."""
        ...

    def find_hash(self, token_sha256: bytes, now: datetime) -> Token | None:
        """By its secret; by the one before a rotation it ends when that does."""
        ...

    def page(self, cursor: str | None, limit: int, visible: Visibility | None = None) -> Page[Token]: ...


class Tokens(TokenReader, Protocol):
    def add(self, token: Token, token_sha256: bytes) -> None: ...

    def revoke(self, token_id: UUID, now: datetime) -> None:
        """Revoking twice is fine."""
        ...

    def revoke_all(self, owner_id: str, now: datetime) -> Sequence[UUID]:
        """Revoke an owner's tokens that could still be used; which these were."""
        ...

    def rotate(self, token_id: UUID, token_sha256: bytes, prefix: str, until: datetime, by: str, now: datetime) -> bool:
        """Another secret, returned to `by`, and the present one until then.

        False when it is revoked or an old one still works.
        """
        ...

    def touch(self, token_id: UUID, now: datetime) -> None: ...


class RightsStore(Protocol):
    """The repositories of rights in one transaction; a reader's take no changes."""

    @property
    def roles(self) -> Roles: ...
    @property
    def teams(self) -> Teams: ...
    @property
    def service_accounts(self) -> ServiceAccounts: ...
