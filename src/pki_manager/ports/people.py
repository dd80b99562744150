"""Users, their sessions and what guards their sign-in, as a transaction sees them; and how passwords are hashed."""

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
    """A one-time link for a user, of which only the secret's hash is kept."""

    id: UUID
    user_id: UUID
    created_by: str
    created_at: datetime
    expires_at: datetime


class Users(Protocol):
    def get(self, user_id: UUID) -> User: ...

    def find(self, id_or_login: str) -> User | None:
        """By id in text form, or by login in its normal form."""
        ...

    def find_login(self, login: str) -> User | None:
        """By login, in its normal form, alone."""
        ...

    def beginning(self, login: str, limit: int) -> Sequence[User]:
        """Whose logins begin so, in their order."""
        ...

    def password(self, user_id: UUID) -> str | None:
        """The password's hash, a PHC string; None for no password or no such user."""
        ...

    def page(self, cursor: str | None, limit: int) -> Page[User]:
        """Newest first."""
        ...

    def is_empty(self) -> bool: ...

    def add(self, user: User) -> None:
        """NameTaken when the login exists."""
        ...

    def lock(self, user_id: UUID) -> User:
        """The user's row as it is now. No other unit changes it, or decides about it, until this unit ends. NotFound.

        A unit that also needs the administrators locks them first: one order for all units, against deadlocks.
        """
        ...

    def set_person(self, user_id: UUID, display_name: str, email: str | None) -> None: ...

    def set_role(self, user_id: UUID, role: Role) -> None: ...

    def set_state(self, user_id: UUID, state: UserState) -> None: ...

    def set_signed_in(self, user_id: UUID, now: datetime) -> None: ...

    def set_password(self, user_id: UUID, phc: str) -> None: ...

    def lock_administrators(self) -> Sequence[UUID]:
        """The active administrators; until the unit ends no other unit can change how many there are."""
        ...

    def add_invitation(self, invitation: Invitation, secret_sha256: bytes) -> None:
        """The user's earlier invitations lead nowhere from now on."""
        ...

    def end_invitations(self, user_id: UUID, now: datetime) -> None:
        """The user's open invitations cannot be accepted any more."""
        ...

    def find_invitation(self, secret_sha256: bytes, now: datetime) -> Invitation | None:
        """One that could still be used."""
        ...

    def use_invitation(self, secret_sha256: bytes, now: datetime) -> Invitation | None:
        """Use it up. None when it is unknown, expired or used: of many at once, one gets it."""
        ...


class Sessions(Protocol):
    def get(self, session_id: UUID) -> Session: ...

    def find_hash(self, secret_sha256: bytes) -> Session | None: ...

    def page(self, user_id: UUID | None, now: datetime, cursor: str | None, limit: int) -> Page[Session]:
        """Those that have not ended, newest first; of one user, or of all."""
        ...

    def peers(self, user_id: UUID) -> Sequence[str]:
        """The addresses that the user was signed in from lately."""
        ...

    def add(self, session: Session, secret_sha256: bytes) -> None: ...

    def renew(self, session: Session, old_sha256: bytes, secret_sha256: bytes) -> bool:
        """Store the session under a new secret in place of the old one.

        False when the session has ended, or was renewed by another request: then nothing is changed.
        """
        ...

    def touch(self, session_id: UUID, now: datetime) -> None: ...

    def revoke(self, session_id: UUID, now: datetime) -> None:
        """Revoking twice is fine."""
        ...

    def revoke_all(self, user_id: UUID, now: datetime, *, but: UUID | None = None) -> None: ...

    def revoke_begun_by(
        self, method: str, now: datetime, *, user_id: UUID | None, provider_session: str | None
    ) -> Sequence[UUID]:
        """Those that were begun so, with or without a second factor; for each that had not ended, whose it was.

        With `user_id` that user's alone. With `provider_session` those that began in it; of a user, also those where
        the provider's session is unknown.
        """
        ...

    def prune(self, before: datetime) -> int:
        """Forget those that ended before that."""
        ...


@dataclass(frozen=True, slots=True)
class Failures:
    """How often something failed lately; nothing more is tried before `blocked_until`.

    `last` is when it failed last, or later, for what is remembered longer than other failures.
    """

    count: int
    last: datetime
    blocked_until: datetime


class Throttle(Protocol):
    """Failed attempts by key, a hash. Writers of one key wait for each other."""

    def find(self, keys: Sequence[bytes]) -> dict[bytes, Failures]:
        """What is known of those keys that have failed."""
        ...

    def lock(self, keys: Sequence[bytes]) -> dict[bytes, Failures]:
        """What is known of the keys; until the unit ends no other unit can change it."""
        ...

    def put(self, key: bytes, failures: Failures) -> None: ...

    def forget(self, key: bytes) -> None: ...

    def prune(self, before: datetime) -> int:
        """Forget what has not failed since."""
        ...


class People(Protocol):
    """The repositories of people in one transaction; a reader's take no changes."""

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
    """Hashing that costs an attacker time and memory (RFC 9106), and so is done a few at a time. Threads share it."""

    def hash(self, password: str) -> str:
        """A PHC string, `$argon2id$…`."""
        ...

    def verify(self, password: str, phc: str | None) -> bool:
        """Whether it is the password. Against None it never is, and takes as long to say so."""
        ...

    def is_outdated(self, phc: str) -> bool:
        """Whether it was hashed at another cost than new ones are."""
        ...
