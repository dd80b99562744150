"""Users: people with an account."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from pki_manager.domain.errors import InvalidInput
from pki_manager.domain.ids import is_uuid
from pki_manager.domain.rights.actor import Role, build_user_actor_id

MAX_LOGIN = 100
_LOGIN = re.compile(r"[a-z0-9][a-z0-9._@+-]*", re.ASCII)


class UserState(StrEnum):
    """State of a user. An `invited` user has not accepted the invitation and has no way to sign in."""

    INVITED = "invited"
    ACTIVE = "active"
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A user. `login` is the unique, normalized username; `created_by` is the creator's actor ID.

    `origin` names the identity provider whose rules created the user, else None.
    """

    id: UUID
    login: str
    display_name: str
    email: str | None
    state: UserState
    role: Role
    created_by: str
    created_at: datetime
    last_sign_in_at: datetime | None
    origin: str | None = None

    @property
    def actor_id(self) -> str:
        return build_user_actor_id(self.id)


def normalize_login(text: str) -> str:
    """Return a username in the form for comparisons: NFKC, lower case, without outer spaces."""
    return unicodedata.normalize("NFKC", text).strip().casefold()


def parse_login(text: str) -> str:
    """Return the normalized username of a new user. Raises InvalidInput if it is invalid or could be read as an ID."""
    login = normalize_login(text)
    if len(login) > MAX_LOGIN or _LOGIN.fullmatch(login) is None or is_uuid(login):
        message = (
            f"must have 1 to {MAX_LOGIN} characters of a to z, digits, and . _ @ + -, and start with a letter or digit"
        )
        raise InvalidInput.of("login", "user.login", message)
    return login
