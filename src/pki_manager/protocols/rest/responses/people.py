"""Response bodies of users and sessions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from pydantic import BaseModel

from pki_manager.authority.people.invitations import InvitationLink, OpenInvitation
from pki_manager.authority.people.sessions import SignedIn
from pki_manager.domain.people import session as sessions
from pki_manager.domain.people import user as users
from pki_manager.domain.people.session import Stage
from pki_manager.domain.people.user import UserState
from pki_manager.domain.rights.actor import Role


class UserResponse(BaseModel):
    """User. `origin` is the identity provider whose rules created the user and set the role; null for other users."""

    id: UUID
    login: str
    display_name: str
    email: str | None
    state: UserState
    role: Role
    created_by: str
    created_at: datetime
    last_sign_in_at: datetime | None
    origin: str | None

    @classmethod
    def of(cls, one: users.User) -> UserResponse:
        return cls.model_validate(one, from_attributes=True)


class UserPage(BaseModel):
    items: list[UserResponse]
    next_cursor: str | None


class OneTimeLink(BaseModel):
    """Invitation link. `sign_in_url` is returned only once.

    If the same request is repeated, it is null and `secret_delivered` is true.
    """

    sign_in_url: str | None
    expires: datetime | None
    secret_delivered: bool

    @classmethod
    def of(cls, link: InvitationLink) -> OneTimeLink:
        return cls(sign_in_url=link.url, expires=link.expires_at, secret_delivered=link.url is None)


class NewUser(OneTimeLink):
    """User with the invitation link that they choose a password with."""

    user: UserResponse

    @classmethod
    def made(cls, one: users.User, link: InvitationLink) -> NewUser:
        return cls(**dict(OneTimeLink.of(link)), user=UserResponse.of(one))


class InvitationResponse(BaseModel):
    """Invitation link that can be used: the user it is for, and until when."""

    login: str
    display_name: str
    expires: datetime

    @classmethod
    def of(cls, invitation: OpenInvitation) -> InvitationResponse:
        return cls(login=invitation.login, display_name=invitation.display_name, expires=invitation.expires_at)


class SessionResponse(BaseModel):
    """Session. `ends` is when it ends, even if it is used."""

    id: UUID
    user: UUID
    method: str
    peer: str | None
    agent: str
    created_at: datetime
    authenticated_at: datetime
    last_seen_at: datetime
    ends: datetime
    revoked_at: datetime | None

    @classmethod
    def of(cls, one: sessions.Session) -> SessionResponse:
        return cls(
            id=one.id,
            user=one.user_id,
            method=one.method,
            peer=one.peer,
            agent=one.agent,
            created_at=one.created_at,
            authenticated_at=one.authenticated_at,
            last_seen_at=one.last_seen_at,
            ends=one.ends_at,
            revoked_at=one.revoked_at,
        )


class SessionPage(BaseModel):
    items: list[SessionResponse]
    next_cursor: str | None


class OwnSession(BaseModel):
    """Session of this browser. `stage` says whether the sign-in is complete.

    `method` is how the user signed in: `password`, `passkey`, `oidc:NAME`, and so on, with the second factor after a
    `+`. At the stage `second-factor`, `second_factors` lists the accepted ones. At the next one, the user must set one
    up.

    Send `csrf_token` in the header `X-CSRF-Token` with every request that changes something. It changes after each
    authentication.
    """

    id: UUID
    stage: Stage
    method: str
    second_factors: list[str]
    csrf_token: str
    authenticated_at: datetime
    ends: datetime
    idle_seconds: int

    @classmethod
    def within(cls, signed_in: SignedIn, idle_seconds: int, second_factors: Sequence[str] = ()) -> OwnSession:
        one = signed_in.session
        return cls(
            id=one.id,
            stage=one.stage,
            method=one.method,
            second_factors=list(second_factors),
            csrf_token=signed_in.csrf_token,
            authenticated_at=one.authenticated_at,
            ends=one.ends_at,
            idle_seconds=idle_seconds,
        )
