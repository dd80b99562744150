"""`/roles` and `/permissions`: custom roles, their users, and all permissions."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path

from pki_manager.authority.kernel.access import Permission
from pki_manager.authority.rights import roles
from pki_manager.domain import errors
from pki_manager.domain.approval import Operation
from pki_manager.protocols.rest.bodies.rights import RoleBody, RoleDefinition
from pki_manager.protocols.rest.fields import DEFAULT_LIMIT, Cursor, Limit
from pki_manager.protocols.rest.operation import Caller, OperationRoute, operation
from pki_manager.protocols.rest.responses.page import build_page
from pki_manager.protocols.rest.responses.rights import PermissionList, RoleDetails, RolePage, RoleWithHolders

router = APIRouter(prefix="/roles", tags=["roles"], route_class=OperationRoute)
permissions = APIRouter(prefix="/permissions", tags=["roles"], route_class=OperationRoute)

RoleName = Annotated[str, Path(max_length=100)]
UserName = Annotated[str, Path(max_length=200, description="ID or username")]


@permissions.get("", summary="List permissions", **operation(Permission.ROLE_READ))
def list_permissions(call: Caller) -> PermissionList:
    """List all permissions, and which built-in roles have them in which ownership scope."""
    return PermissionList.of(roles.list_permissions(call.actor))


@router.get("", summary="List custom roles", **operation(Permission.ROLE_READ))
def list_roles(call: Caller, cursor: Cursor = None, limit: Limit = DEFAULT_LIMIT) -> RolePage:
    """List the newest version of each custom role, by name. `/permissions` lists the built-in roles."""
    return RolePage(**build_page(roles.list_roles(call.ctx, call.actor, cursor, limit), RoleDetails.of))


@router.post(
    "",
    summary="Create a role",
    status_code=201,
    **operation(Permission.ROLE_MANAGE, errors.NotFound, errors.Conflict, posted=True, gates=[Operation.ROLE_CHANGE]),
)
def create_role(call: Caller, body: RoleBody) -> RoleDetails:
    """Create a custom role with at most your own permissions."""
    return RoleDetails.of(roles.create_role(call.ctx, call.actor, body.name, body.to_request(), call.claim).value)


@router.get("/{role}", summary="Get a role", **operation(Permission.ROLE_READ, errors.NotFound))
def get_role(call: Caller, role: RoleName) -> RoleWithHolders:
    """Return a custom role: its newest version."""
    return RoleWithHolders.view(roles.show_role(call.ctx, call.actor, role))


@router.put(
    "/{role}",
    summary="Update a role",
    **operation(Permission.ROLE_MANAGE, errors.NotFound, errors.Conflict, gates=[Operation.ROLE_CHANGE]),
)
def update_role(call: Caller, role: RoleName, body: RoleDefinition) -> RoleDetails:
    """Save a new version of a role. It takes effect immediately for all users of the role.

    You cannot change your own roles.
    """
    return RoleDetails.of(roles.update_role(call.ctx, call.actor, role, body.to_request()))


@router.post(
    "/{role}/retire",
    summary="Retire a role",
    **operation(Permission.ROLE_MANAGE, errors.NotFound, errors.Conflict, posted=True, gates=[Operation.ROLE_CHANGE]),
)
def retire_role(call: Caller, role: RoleName) -> RoleDetails:
    """Retire a role permanently. It grants nothing to its users anymore."""
    return RoleDetails.of(roles.retire_role(call.ctx, call.actor, role, call.claim).value)


@router.put(
    "/{role}/holders/{user}",
    summary="Assign a role to a user",
    **operation(Permission.ROLE_MANAGE, errors.NotFound, errors.Conflict, gates=[Operation.ROLE_CHANGE]),
)
def assign_role(call: Caller, role: RoleName, user: UserName) -> RoleWithHolders:
    """Assign a custom role to a user in addition to their other roles. Ends their sessions.

    You cannot change your own roles.
    """
    return RoleWithHolders.view(roles.assign_role(call.ctx, call.actor, role, user))


@router.delete(
    "/{role}/holders/{user}",
    summary="Remove a role from a user",
    status_code=204,
    **operation(Permission.ROLE_MANAGE, errors.NotFound, gates=[Operation.ROLE_CHANGE]),
)
def withdraw_role(call: Caller, role: RoleName, user: UserName) -> None:
    """Remove a custom role from a user. Ends their sessions."""
    roles.withdraw_role(call.ctx, call.actor, role, user)
