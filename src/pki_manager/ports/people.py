"""The ports of users, sessions, and sign-in limits, and of password hashing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from pki_manager.domain.page import Page
from pki_manager.domain.people.session import Session
from pki_manager.domain.people.user import User, UserState
from pki_manager.domain.rights.actor import Role
from pki_manager.ports.factors import Factors
from pki_manager.ports.identity import Identities


@dataclass(frozen=True, slots=True)
class Invitation:
    """An invitation link of a user. Only the hash of its secret is stored."""

    id: UUID
    user_id: UUID
    created_by: str
    created_at: datetime
    expires_at: datetime


class Users(Protocol):
    """Stored users and invitations."""

    def get(self, user_id: UUID) -> User: ...

    def find(self, id_or_login: str) -> User | None:
        """Return a user by ID as text or by normalized username, or None."""
        ...

    def find_login(self, login: str) -> User | None:
        """Return a user by normalized username only, or None."""
        ...

    def beginning(self, login: str, limit: int) -> Sequence[User]:
        """Return the users whose usernames have that prefix, sorted."""
        ...

    def password(self, user_id: UUID) -> str | None:
        """Return the password hash (PHC string). None without a password or user."""
        ...

    def page(self, cursor: str | None, limit: int) -> Page[User]:
        """List users, newest first."""
        ...

    def is_empty(self) -> bool: ...

    def add(self, user: User) -> None:
        """Store a user. Raises NameTaken."""
        ...

    def lock(self, user_id: UUID) -> User:
        """Return the user, locked until the unit of work ends. Raises NotFound.

        A unit that also needs `lock_administrators` calls that first: one order for all units prevents deadlocks.
        """
        ...

    def set_person(self, user_id: UUID, display_name: str, email: str | None) -> None: ...

    def set_role(self, user_id: UUID, role: Role) -> None: ...

    def set_state(self, user_id: UUID, state: UserState) -> None: ...

    def set_signed_in(self, user_id: UUID, now: datetime) -> None: ...

    def set_password(self, user_id: UUID, phc: str) -> None: ...

    def lock_administrators(self) -> Sequence[UUID]:
        """Return the IDs of the active administrators. Their number cannot change until the unit ends."""
        ...

    def add_invitation(self, invitation: Invitation, secret_sha256: bytes) -> None:
        """Store an invitation. The user's earlier ones become invalid."""
        ...

    def end_invitations(self, user_id: UUID, now: datetime) -> None:
        """Make the user's open invitations invalid."""
        ...

    def find_invitation(self, secret_sha256: bytes, now: datetime) -> Invitation | None:
        """Return an invitation that can still be used, or None."""
        ...

    def use_invitation(self, secret_sha256: bytes, now: datetime) -> Invitation | None:
        """Use up an invitation. None if it is unknown, expired, or used; one of parallel calls gets it."""
        ...


class Sessions(Protocol):
    """Stored sessions."""

    def get(self, session_id: UUID) -> Session: ...

    def find_hash(self, secret_sha256: bytes) -> Session | None: ...

    def page(self, user_id: UUID | None, now: datetime, cursor: str | None, limit: int) -> Page[Session]:
        """List sessions that have not ended, newest first: of one user, or of all."""
        ...

    def peers(self, user_id: UUID) -> Sequence[str]:
        """Return the addresses of the user's recent sessions."""
        ...

    def add(self, session: Session, secret_sha256: bytes) -> None: ...

    def renew(self, session: Session, old_sha256: bytes, secret_sha256: bytes) -> bool:
        """Store a session with a new secret in place of the old one.

        Returns False, and changes nothing, if the session has ended or another request has renewed it.
        """
        ...

    def touch(self, session_id: UUID, now: datetime) -> None: ...

    def revoke(self, session_id: UUID, now: datetime) -> None:
        """End a session. Can be repeated."""
        ...

    def revoke_all(self, user_id: UUID, now: datetime, *, but: UUID | None = None) -> None: ...

    def revoke_begun_by(
        self, method: str, now: datetime, *, user_id: UUID | None, provider_session: str | None
    ) -> Sequence[UUID]:
        """End the sessions that began with a method, with or without a second factor. Returns their users.

        With `user_id` only that user's. With `provider_session` those that began in it; of a user also those whose
        provider session is unknown.
        """
        ...

    def prune(self, before: datetime) -> int:
        """Delete sessions that ended before that. Returns how many."""
        ...


@dataclass(frozen=True, slots=True)
class Failures:
    """Recent failures of a key. No attempt is admitted before `blocked_until`.

    `last` is the time of the last failure, or later if it is remembered longer.
    """

    count: int
    last: datetime
    blocked_until: datetime


class Throttle(Protocol):
    """Counts of failed attempts by key (a hash). Transactions on one key wait for each other."""

    def find(self, keys: Sequence[bytes]) -> dict[bytes, Failures]:
        """Return the failures of those keys that have any."""
        ...

    def lock(self, keys: Sequence[bytes]) -> dict[bytes, Failures]:
        """Return the failures of the keys, locked until the unit of work ends."""
        ...

    def put(self, key: bytes, failures: Failures) -> None: ...

    def forget(self, key: bytes) -> None: ...

    def prune(self, before: datetime) -> int:
        """Delete keys without failures since then. Returns how many."""
        ...


class People(Protocol):
    """The repositories of users in one transaction. Those of a reader do not change anything."""

    @property
    def users(self) -> Users: ...
    @property
    def sessions(self) -> Sessions: ...
    @property
    def throttle(self) -> Throttle: ...
    @property
    def factors(self) -> Factors: ...
    @property
    def identities(self) -> Identities: ...


class PasswordHasher(Protocol):
    """Password hashing that is slow and needs memory (RFC 9106), a few at a time. Thread-safe."""

    def hash(self, password: str) -> str:
        """Return the hash as a PHC string, `$argon2id$…`."""
        ...

    def verify(self, password: str, phc: str | None) -> bool:
        """Return whether the password matches. With None it never does, in the same time."""
        ...

    def is_outdated(self, phc: str) -> bool:
        """Return whether a hash has other parameters than new ones."""
        ...
