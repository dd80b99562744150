"""`/roles`: roles of one's own, and who has them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path

from pki_manager.authority.kernel.access import Permission
from pki_manager.authority.rights import roles
from pki_manager.domain import errors
from pki_manager.domain.approval import Operation as Gate
from pki_manager.protocols.rest.bodies.rights import RoleBody, RoleDefinition
from pki_manager.protocols.rest.fields import DEFAULT_LIMIT, Cursor, Limit
from pki_manager.protocols.rest.operation import Caller, Operation, operation
from pki_manager.protocols.rest.responses.page import paged
from pki_manager.protocols.rest.responses.rights import PermissionList, RoleDetails, RolePage, RoleWithHolders

router = APIRouter(prefix="/roles", tags=["roles"], route_class=Operation)
permissions = APIRouter(prefix="/permissions", tags=["roles"], route_class=Operation)

RoleName = Annotated[str, Path(max_length=100)]
UserName = Annotated[str, Path(max_length=200, description="Id or login")]


@permissions.get("", **operation(Permission.ROLE_READ))
def list_permissions(call: Caller) -> PermissionList:
    """Every permission there is, and which of the standing roles have it on whose objects."""
    return PermissionList.of(roles.list_permissions(call.actor))


@router.get("", **operation(Permission.ROLE_READ))
def list_roles(call: Caller, cursor: Cursor = None, limit: Limit = DEFAULT_LIMIT) -> RolePage:
    """The newest version of each, by name. `/permissions` has the standing roles, which do not change."""
    return RolePage(**paged(roles.list_roles(call.ctx, call.actor, cursor, limit), RoleDetails.of))


@router.post(
    "",
    status_code=201,
    **operation(Permission.ROLE_MANAGE, errors.NotFound, errors.Conflict, posted=True, gates=[Gate.ROLE_CHANGE]),
)
def create_role(call: Caller, body: RoleBody) -> RoleDetails:
    """A role with at most the caller's own rights."""
    return RoleDetails.of(roles.create_role(call.ctx, call.actor, body.name, body.wish(), call.claim)[0])


@router.get("/{role}", **operation(Permission.ROLE_READ, errors.NotFound))
def get_role(call: Caller, role: RoleName) -> RoleWithHolders:
    return RoleWithHolders.view(roles.show_role(call.ctx, call.actor, role))


@router.put("/{role}", **operation(Permission.ROLE_MANAGE, errors.NotFound, errors.Conflict, gates=[Gate.ROLE_CHANGE]))
def update_role(call: Caller, role: RoleName, body: RoleDefinition) -> RoleDetails:
    """A new version, in force for everybody who has the role. Nobody changes a role of their own."""
    return RoleDetails.of(roles.update_role(call.ctx, call.actor, role, body.wish()))


@router.post(
    "/{role}/retire",
    **operation(Permission.ROLE_MANAGE, errors.NotFound, errors.Conflict, posted=True, gates=[Gate.ROLE_CHANGE]),
)
def retire_role(call: Caller, role: RoleName) -> RoleDetails:
    """It allows nobody anything any more, for good."""
    return RoleDetails.of(roles.retire_role(call.ctx, call.actor, role, call.claim)[0])


@router.put(
    "/{role}/holders/{user}",
    **operation(Permission.ROLE_MANAGE, errors.NotFound, errors.Conflict, gates=[Gate.ROLE_CHANGE]),
)
def assign_role(call: Caller, role: RoleName, user: UserName) -> RoleWithHolders:
    """Give it to a user beside what he has. He signs in anew; nobody changes their own rights."""
    return RoleWithHolders.view(roles.assign_role(call.ctx, call.actor, role, user))


@router.delete(
    "/{role}/holders/{user}",
    status_code=204,
    **operation(Permission.ROLE_MANAGE, errors.NotFound, gates=[Gate.ROLE_CHANGE]),
)
def withdraw_role(call: Caller, role: RoleName, user: UserName) -> None:
    """Take it from a user. He signs in anew."""
    roles.withdraw_role(call.ctx, call.actor, role, user)
