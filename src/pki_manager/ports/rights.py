"""The storage ports of roles, teams, service accounts, and tokens."""

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
    """Stored custom roles."""

    def get(self, name: str) -> CustomRole:
        """Return the newest version of a role. Raises NotFound if the role does not exist."""
        ...

    def lock(self, name: str) -> CustomRole:
        """Return the newest version of a role. No other unit of work changes or assigns it until this one ends."""
        ...

    def find(self, names: Sequence[str]) -> Sequence[CustomRole]:
        """Return the newest versions of the roles with these names, as far as they exist."""
        ...

    def page(self, cursor: str | None, limit: int) -> Page[CustomRole]:
        """List the newest version of each role, by name."""
        ...

    def add(self, role: CustomRole) -> None:
        """Store a new version of a role. Raises Conflict if that version exists."""
        ...

    def retire(self, name: str) -> None: ...

    def list_assigned(self, user_id: UUID) -> Sequence[str]:
        """Return the names of the custom roles that are assigned to a user."""
        ...

    def list_role_holders(self, name: str) -> Sequence[UUID]: ...

    def assign(self, name: str, user_id: UUID) -> bool:
        """Assign a role to a user. Returns False if the user already had it."""
        ...

    def withdraw(self, name: str, user_id: UUID) -> bool:
        """Remove a role from a user. Returns False if the user did not have it."""
        ...


class Teams(Protocol):
    """Stored teams."""

    def get(self, team_id: UUID) -> Team: ...

    def find(self, id_or_name: str) -> Team | None: ...

    def page(self, cursor: str | None, limit: int) -> Page[Team]:
        """List teams, newest first."""
        ...

    def add(self, team: Team) -> None:
        """Store a team. Raises NameTaken if the name is in use."""
        ...

    def list_by_user(self, user_id: UUID) -> Sequence[UUID]: ...

    def list_members(self, team_id: UUID) -> Sequence[Membership]:
        """Return the members of a team, sorted by username."""
        ...

    def add_member(self, team_id: UUID, user_id: UUID) -> bool:
        """Add a user to a team. Returns False if the user was already a member."""
        ...

    def remove_member(self, team_id: UUID, user_id: UUID) -> bool:
        """Remove a user from a team. Returns False if the user was not a member."""
        ...


class ServiceAccounts(Protocol):
    """Stored service accounts."""

    def get(self, account_id: UUID) -> ServiceAccount: ...

    def find(self, id_or_name: str) -> ServiceAccount | None: ...

    def page(self, cursor: str | None, limit: int) -> Page[ServiceAccount]:
        """List service accounts, newest first."""
        ...

    def add(self, account: ServiceAccount) -> None:
        """Store a service account. Raises NameTaken if the name is in use."""
        ...

    def set_state(self, account_id: UUID, state: ServiceAccountState) -> None: ...


class TokenReader(Protocol):
    """Stored tokens."""

    def get(self, token_id: UUID) -> Token: ...

    def find_many(self, ids: Sequence[UUID]) -> Sequence[Token]:
        """Return the tokens that exist among these IDs, in any order."""
        ...

    def find_hash(self, token_sha256: bytes, now: datetime) -> Token | None:
        """Return the token with this hash of its secret, or of its old secret if that is still valid, or None."""
        ...

    def page(self, cursor: str | None, limit: int, visible: Visibility | None = None) -> Page[Token]: ...


class Tokens(TokenReader, Protocol):
    """Stored tokens that a transaction can change."""

    def add(self, token: Token, token_sha256: bytes) -> None: ...

    def revoke(self, token_id: UUID, now: datetime) -> None:
        """Revoke a token. Can be repeated."""
        ...

    def revoke_all(self, owner_id: str, now: datetime) -> Sequence[UUID]:
        """Revoke all valid tokens of an owner. Returns their IDs."""
        ...

    def rotate(self, token_id: UUID, token_sha256: bytes, prefix: str, until: datetime, by: str, now: datetime) -> bool:
        """Store a new secret of a token, which is returned to the actor `by`. The old one stays valid until `until`.

        Returns False if the token is revoked or an earlier secret is still valid.
        """
        ...

    def touch(self, token_id: UUID, now: datetime) -> None: ...


class RightsStore(Protocol):
    """The repositories of roles, teams, service accounts, and tokens in one transaction.

    In a read-only transaction they change nothing.
    """

    @property
    def roles(self) -> Roles: ...
    @property
    def teams(self) -> Teams: ...
    @property
    def service_accounts(self) -> ServiceAccounts: ...
