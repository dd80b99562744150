"""Teams, whose members see and act on each other's objects; and service accounts, which act for a team or a user."""

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
    id: UUID
    name: str
    created_by: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    user_id: UUID
    login: str


class ServiceAccountState(StrEnum):
    ACTIVE = "active"
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceAccount:
    """Signs in nowhere: it has tokens. `user_id` is the user or None, `team_id` the team that answers for it.

    `role` is a standing or a custom one. What it may do is never more than its user may, where a user answers.
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
        """The owner of its tokens and of everything it makes."""
        return service_owner_id(self.id)


SERVICE = "service:"
"""How the owners begin that are service accounts."""


def service_owner_id(account_id: UUID) -> str:
    return f"{SERVICE}{account_id}"


def require_name(name: str, kind: str) -> None:
    """InvalidInput unless it can name a team or an account, and is not mistaken for an id."""
    if not name.strip() or len(name) > MAX_NAME or not name.isprintable() or is_uuid(name):
        raise InvalidInput.of(
            "name", f"{kind}.name", f"must have 1 to {MAX_NAME} printable characters and must not look like an ID"
        )
