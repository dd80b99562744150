"""Teams, whose members share objects, and service accounts, which belong to a team or a user."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from pki_manager.domain.errors import InvalidInput
from pki_manager.domain.ids import is_uuid

MAX_NAME = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """A team of users."""

    id: UUID
    name: str
    created_by: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """The membership of a user in a team."""

    user_id: UUID
    login: str


class ServiceAccountState(StrEnum):
    """The state of a service account."""

    ACTIVE = "active"
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceAccount:
    """A non-human account with tokens and no sign-in.

    `user_id` is the responsible user or None, `team_id` the responsible team or None. `role` is a built-in or custom
    role; if there is a responsible user, that user's permissions limit it.
    """

    id: UUID
    name: str
    role: str
    user_id: UUID | None
    team_id: UUID | None
    state: ServiceAccountState
    created_by: str
    created_at: datetime

    @property
    def owner_id(self) -> str:
        """Return the owner ID of the account's tokens and of all objects that the account creates."""
        return build_service_owner_id(self.id)


SERVICE = "service:"
"""Prefix of the owner IDs of service accounts."""


def build_service_owner_id(account_id: UUID) -> str:
    """Return the owner ID of a service account."""
    return f"{SERVICE}{account_id}"


def require_name(name: str, kind: str) -> None:
    """Raise InvalidInput if a name of a team or service account is invalid or could be read as an ID."""
    if not name.strip() or len(name) > MAX_NAME or not name.isprintable() or is_uuid(name):
        raise InvalidInput.of(
            "name", f"{kind}.name", f"must have 1 to {MAX_NAME} printable characters and must not look like an ID"
        )
