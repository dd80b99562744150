"""`/users`: people who may sign in."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path

from pki_manager.authority.kernel.access import Permission
from pki_manager.authority.people import factors, identities, invitations, oidc, users
from pki_manager.authority.rights import user_grants
from pki_manager.domain import errors
from pki_manager.domain.approval import Operation as Gate
from pki_manager.protocols.rest.bodies.people import PersonBody, UserBody
from pki_manager.protocols.rest.fields import DEFAULT_LIMIT, Cursor, Identifier, Limit
from pki_manager.protocols.rest.operation import Caller, Operation, operation
from pki_manager.protocols.rest.responses.identities import IdentityList, listed
from pki_manager.protocols.rest.responses.page import paged
from pki_manager.protocols.rest.responses.people import NewUser, OneTimeLink, User, UserPage
from pki_manager.protocols.rest.responses.user_grants import UserGrants

router = APIRouter(prefix="/users", tags=["users"], route_class=Operation)

UserName = Annotated[str, Path(max_length=200, description="Id or login")]


@router.get("", **operation(Permission.USER_READ))
def list_users(call: Caller, cursor: Cursor = None, limit: Limit = DEFAULT_LIMIT) -> UserPage:
    """Newest first."""
    return UserPage(**paged(users.list_users(call.ctx, call.actor, cursor, limit), User.of))


@router.post(
    "", status_code=201, **operation(Permission.USER_MANAGE, errors.NameTaken, posted=True, gates=[Gate.ROLE_CHANGE])
)
def create_user(call: Caller, body: UserBody) -> NewUser:
    """A user with at most the caller's own rights, and a one-time link, told in this answer and nowhere else."""
    (user, link), _ = users.create_user(call.ctx, call.actor, body.login, body.person(), call.claim)
    return NewUser.made(user, link)


@router.get("/{user}", **operation(Permission.USER_READ, errors.NotFound))
def get_user(call: Caller, user: UserName) -> User:
    return User.of(users.show_user(call.ctx, call.actor, user))


@router.get("/{user}/grants", **operation(Permission.USER_READ, errors.NotFound))
def get_user_grants(call: Caller, user: UserName) -> UserGrants:
    """Where the user's rights come from: roles with what they allow, teams, and what an identity provider's rules gave.

    The standing role is first, then the custom ones by name; teams are by name.
    """
    found = user_grants.show_user_grants(call.ctx, call.actor, user)
    return UserGrants.of(found, oidc.providers(call.ctx))


@router.put("/{user}", **operation(Permission.USER_MANAGE, errors.NotFound, errors.Conflict, gates=[Gate.ROLE_CHANGE]))
def change_user(call: Caller, user: UserName, body: PersonBody) -> User:
    """A new role ends the user's sessions. Nobody changes his own, and an administrator always remains."""
    return User.of(users.change_user(call.ctx, call.actor, user, body.person()))


@router.post(
    "/{user}/invite",
    **operation(Permission.USER_MANAGE, errors.NotFound, errors.Conflict, posted=True, gates=[Gate.ROLE_CHANGE]),
)
def invite_user(call: Caller, user: UserName) -> OneTimeLink:
    """A new one-time link, for whoever lost the old one or the password; those before it end."""
    return OneTimeLink.of(invitations.invite(call.ctx, call.actor, user, call.claim)[0])


@router.post(
    "/{user}/reset-factors", **operation(Permission.USER_MANAGE, errors.NotFound, posted=True, gates=[Gate.ROLE_CHANGE])
)
def reset_user_factors(call: Caller, user: UserName) -> User:
    """For a user who lost every second factor: they are gone, and the user is signed out everywhere."""
    return User.of(factors.reset_factors(call.ctx, call.actor, user, call.claim)[0])


@router.post("/{user}/disable", **operation(Permission.USER_MANAGE, errors.NotFound, errors.Conflict, posted=True))
def disable_user(call: Caller, user: UserName) -> User:
    """He cannot sign in, and is signed out everywhere."""
    return User.of(users.disable_user(call.ctx, call.actor, user, call.claim)[0])


@router.post(
    "/{user}/enable", **operation(Permission.USER_MANAGE, errors.NotFound, posted=True, gates=[Gate.ROLE_CHANGE])
)
def enable_user(call: Caller, user: UserName) -> User:
    return User.of(users.enable_user(call.ctx, call.actor, user, call.claim)[0])


@router.get("/{user}/identities", **operation(Permission.USER_READ, errors.NotFound))
def list_user_identities(call: Caller, user: UserName) -> IdentityList:
    """By which accounts of identity providers the user signs in, oldest first."""
    found = identities.list_of_user(call.ctx, call.actor, user)
    return listed(found, oidc.providers(call.ctx), by_administrator=True)


@router.delete(
    "/{user}/identities/{identity}",
    status_code=204,
    **operation(Permission.USER_MANAGE, errors.NotFound, errors.Conflict),
)
def unlink_user_identity(call: Caller, user: UserName, identity: Identifier) -> None:
    """That account does not sign in as the user any more; what its rules gave is gone, and his sessions end.

    Who comes by it again is treated as a newcomer.
    """
    identities.unlink_of_user(call.ctx, call.actor, user, identity)
