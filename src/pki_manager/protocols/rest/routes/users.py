"""`/users`: users, their invitations, and their grants."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path

from pki_manager.authority.kernel.access import Permission
from pki_manager.authority.people import factors, identities, invitations, oidc, users
from pki_manager.authority.rights import user_grants
from pki_manager.domain import errors
from pki_manager.domain.approval import Operation
from pki_manager.protocols.rest.bodies.people import PersonBody, UserBody
from pki_manager.protocols.rest.fields import DEFAULT_LIMIT, Cursor, Identifier, Limit
from pki_manager.protocols.rest.operation import Caller, OperationRoute, operation
from pki_manager.protocols.rest.responses.identities import IdentityList, build_identity_list
from pki_manager.protocols.rest.responses.page import build_page
from pki_manager.protocols.rest.responses.people import NewUser, OneTimeLink, UserPage, UserResponse
from pki_manager.protocols.rest.responses.user_grants import UserGrantsResponse

router = APIRouter(prefix="/users", tags=["users"], route_class=OperationRoute)

UserName = Annotated[str, Path(max_length=200, description="ID or username")]


@router.get("", summary="List users", **operation(Permission.USER_READ))
def list_users(call: Caller, cursor: Cursor = None, limit: Limit = DEFAULT_LIMIT) -> UserPage:
    """List users, newest first."""
    return UserPage(**build_page(users.list_users(call.ctx, call.actor, cursor, limit), UserResponse.of))


@router.post(
    "",
    summary="Create a user",
    status_code=201,
    **operation(Permission.USER_MANAGE, errors.NameTaken, posted=True, gates=[Operation.ROLE_CHANGE]),
)
def create_user(call: Caller, body: UserBody) -> NewUser:
    """Create a user with at most your own permissions, and an invitation link. The link is returned only once."""
    (user, link), _ = users.create_user(call.ctx, call.actor, body.login, body.person(), call.claim)
    return NewUser.made(user, link)


@router.get("/{user}", summary="Get a user", **operation(Permission.USER_READ, errors.NotFound))
def get_user(call: Caller, user: UserName) -> UserResponse:
    """Return a user with their role and state."""
    return UserResponse.of(users.show_user(call.ctx, call.actor, user))


@router.get("/{user}/grants", summary="Get a user's grants", **operation(Permission.USER_READ, errors.NotFound))
def get_user_grants(call: Caller, user: UserName) -> UserGrantsResponse:
    """Return where a user's permissions come from: roles, teams, and what the rules of an identity provider granted.

    The built-in role is first, then the custom roles by name. Teams are sorted by name.
    """
    found = user_grants.show_user_grants(call.ctx, call.actor, user)
    return UserGrantsResponse.of(found, oidc.list_providers(call.ctx))


@router.put(
    "/{user}",
    summary="Update a user",
    **operation(Permission.USER_MANAGE, errors.NotFound, errors.Conflict, gates=[Operation.ROLE_CHANGE]),
)
def change_user(call: Caller, user: UserName, body: PersonBody) -> UserResponse:
    """Update a user. A new role ends their sessions.

    You cannot change your own role. The role of the last administrator cannot be changed.
    """
    return UserResponse.of(users.change_user(call.ctx, call.actor, user, body.person()))


@router.post(
    "/{user}/invite",
    summary="Invite a user again",
    **operation(Permission.USER_MANAGE, errors.NotFound, errors.Conflict, posted=True, gates=[Operation.ROLE_CHANGE]),
)
def invite_user(call: Caller, user: UserName) -> OneTimeLink:
    """Create a new invitation link for a user who lost the old link or the password. Older links become invalid."""
    return OneTimeLink.of(invitations.invite(call.ctx, call.actor, user, call.claim).value)


@router.post(
    "/{user}/reset-factors",
    summary="Reset second factors",
    **operation(Permission.USER_MANAGE, errors.NotFound, posted=True, gates=[Operation.ROLE_CHANGE]),
)
def reset_user_factors(call: Caller, user: UserName) -> UserResponse:
    """Remove all second factors of a user who lost them, and end all of their sessions."""
    return UserResponse.of(factors.reset_factors(call.ctx, call.actor, user, call.claim).value)


@router.post(
    "/{user}/disable",
    summary="Disable a user",
    **operation(Permission.USER_MANAGE, errors.NotFound, errors.Conflict, posted=True),
)
def disable_user(call: Caller, user: UserName) -> UserResponse:
    """Disable a user. Ends all of the user's sessions."""
    return UserResponse.of(users.disable_user(call.ctx, call.actor, user, call.claim).value)


@router.post(
    "/{user}/enable",
    summary="Enable a user",
    **operation(Permission.USER_MANAGE, errors.NotFound, posted=True, gates=[Operation.ROLE_CHANGE]),
)
def enable_user(call: Caller, user: UserName) -> UserResponse:
    """Enable a disabled user. They can sign in again."""
    return UserResponse.of(users.enable_user(call.ctx, call.actor, user, call.claim).value)


@router.get(
    "/{user}/identities", summary="List a user's linked accounts", **operation(Permission.USER_READ, errors.NotFound)
)
def list_user_identities(call: Caller, user: UserName) -> IdentityList:
    """List the accounts at identity providers that a user can sign in with, oldest first."""
    found = identities.list_of_user(call.ctx, call.actor, user)
    return build_identity_list(found, oidc.list_providers(call.ctx), by_administrator=True)


@router.delete(
    "/{user}/identities/{identity}",
    summary="Unlink a user's account",
    status_code=204,
    **operation(Permission.USER_MANAGE, errors.NotFound, errors.Conflict),
)
def unlink_user_identity(call: Caller, user: UserName, identity: Identifier) -> None:
    """Unlink an identity provider account from a user. What its rules granted is removed, and the user's sessions end.

    If that account signs in again, it is treated as an unknown user.
    """
    identities.unlink_of_user(call.ctx, call.actor, user, identity)
