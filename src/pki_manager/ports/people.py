"""The ports of users, sessions, sign-in throttling, and password hashing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from pki_manager.domain.page import Page
from pki_manager.domain.people.device import DeviceSignIn, DeviceState
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
        """Return the user with this ID (as text) or normalized username, or None."""
        ...

    def find_login(self, login: str) -> User | None:
        """Return the user with this normalized username, or None. Unlike `find`, an ID is not accepted."""
        ...

    def list_by_login_prefix(self, login: str, limit: int) -> Sequence[User]:
        """Return the users whose usernames begin with this text, sorted."""
        ...

    def find_password_hash(self, user_id: UUID) -> str | None:
        """Return the password hash (PHC string), or None if the user does not exist or has no password."""
        ...

    def page(self, cursor: str | None, limit: int) -> Page[User]:
        """List users, newest first."""
        ...

    def is_empty(self) -> bool: ...

    def add(self, user: User) -> None:
        """Store a user. Raises NameTaken if the username is in use."""
        ...

    def lock(self, user_id: UUID) -> User:
        """Return the user, locked until the unit of work ends. Raises NotFound if the user does not exist.

        A unit of work that also needs `lock_administrators` must call that first: the same order in all units prevents
        deadlocks.
        """
        ...

    def set_person(self, user_id: UUID, display_name: str, email: str | None) -> None: ...

    def set_role(self, user_id: UUID, role: Role) -> None: ...

    def set_state(self, user_id: UUID, state: UserState) -> None: ...

    def set_signed_in(self, user_id: UUID, now: datetime) -> None: ...

    def set_password(self, user_id: UUID, phc: str) -> None: ...

    def lock_administrators(self) -> Sequence[UUID]:
        """Return the IDs of the active administrators. Their number cannot change until the unit of work ends."""
        ...

    def add_invitation(self, invitation: Invitation, secret_sha256: bytes) -> None:
        """Store an invitation. Earlier invitations of the user become invalid."""
        ...

    def end_invitations(self, user_id: UUID, now: datetime) -> None:
        """Make the user's unused invitations invalid."""
        ...

    def find_invitation(self, secret_sha256: bytes, now: datetime) -> Invitation | None:
        """Return an invitation that can still be used, or None."""
        ...

    def use_invitation(self, secret_sha256: bytes, now: datetime) -> Invitation | None:
        """Mark an invitation as used and return it. Only one of parallel calls returns it.

        Returns None if the invitation is unknown, expired, or already used.
        """
        ...


class Sessions(Protocol):
    """Stored sessions."""

    def get(self, session_id: UUID) -> Session: ...

    def find_hash(self, secret_sha256: bytes) -> Session | None: ...

    def page(self, user_id: UUID | None, now: datetime, cursor: str | None, limit: int) -> Page[Session]:
        """List sessions that have not ended, newest first: those of one user, or of all if `user_id` is None."""
        ...

    def list_peers(self, user_id: UUID) -> Sequence[str]:
        """Return the network addresses of the user's recent sessions."""
        ...

    def add(self, session: Session, secret_sha256: bytes) -> None: ...

    def renew(self, session: Session, old_sha256: bytes, secret_sha256: bytes) -> bool:
        """Store a session with a new secret in place of the old one.

        Returns False and changes nothing if the session has ended or another request has renewed it.
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
        """End the sessions that began with a sign-in method, with or without a second factor.

        Returns the IDs of their users. With `user_id`, only sessions of that user end. With `provider_session`, only
        sessions that began in it end, and, if `user_id` is also set, those of the user whose provider session is
        unknown.
        """
        ...

    def prune(self, before: datetime) -> int:
        """Delete sessions that ended before that time. Returns how many were deleted."""
        ...


@dataclass(frozen=True, slots=True)
class Failures:
    """Recent failures of a key. Attempts are refused until `blocked_until`.

    `last` is the time of the last failure, or a later time if the failures are remembered longer.
    """

    count: int
    last: datetime
    blocked_until: datetime


class Throttle(Protocol):
    """Counts of failed attempts, by key (a hash). Transactions that lock the same key wait for each other."""

    def find(self, keys: Sequence[bytes]) -> dict[bytes, Failures]:
        """Return the failed attempts that are counted under these keys. Keys without any are left out."""
        ...

    def lock(self, keys: Sequence[bytes]) -> dict[bytes, Failures]:
        """Return the failed attempts under each key, which can be 0, and lock the keys until the unit of work ends."""
        ...

    def put(self, key: bytes, failures: Failures) -> None: ...

    def forget(self, key: bytes) -> None: ...

    def prune(self, before: datetime) -> int:
        """Delete keys without failures since that time. Returns how many were deleted."""
        ...


class Devices(Protocol):
    """Stored sign-ins by device code."""

    def find_device_code(self, device_sha256: bytes, now: datetime) -> DeviceSignIn | None:
        """Return the sign-in with this hash of its device code, or None if there is none or it has expired."""
        ...

    def find_user_code(self, user_code_mac: bytes, now: datetime) -> DeviceSignIn | None:
        """Return the sign-in with this keyed hash of its user code, or None if there is none or it has expired."""
        ...

    def count(self, network: str | None = None) -> int:
        """Return the number of stored sign-ins, of one network or of all."""
        ...

    def add(self, one: DeviceSignIn, device_sha256: bytes, user_code_mac: bytes) -> bool:
        """Store a sign-in. Returns False if one of its codes exists."""
        ...

    def set_polled(self, sign_in_id: UUID, interval: int, polled_at: datetime) -> None: ...

    def decide(self, sign_in_id: UUID, state: DeviceState, token_id: UUID | None, now: datetime) -> bool:
        """Approve or deny a sign-in. Returns False if it is no longer pending."""
        ...

    def complete(self, device_sha256: bytes, now: datetime) -> DeviceSignIn | None:
        """Complete and return an approved sign-in, or return None. Only one of parallel calls returns it."""
        ...

    def prune(self, now: datetime) -> int: ...


class People(Protocol):
    """The repositories of users in one transaction. In a read-only transaction they change nothing."""

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
    @property
    def devices(self) -> Devices: ...


class PasswordHasher(Protocol):
    """Password hashing that is slow and needs much memory (RFC 9106).

    Only a few hashes are computed at a time. Thread-safe.
    """

    def hash(self, password: str) -> str:
        """Return the hash of a password as a PHC string, `$argon2id$…`."""
        ...

    def verify(self, password: str, phc: str | None) -> bool:
        """Return whether the password matches the hash. If `phc` is None, return False after the same time."""
        ...

    def is_outdated(self, phc: str) -> bool:
        """Return whether a hash was computed with other parameters than those for new hashes."""
        ...
