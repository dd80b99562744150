"""Response bodies of roles, teams, and service accounts."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from pydantic import BaseModel

from pki_manager.authority.rights.roles import PermissionView, RoleView
from pki_manager.authority.rights.teams import TeamView
from pki_manager.domain.rights import role
from pki_manager.domain.rights import team as domain
from pki_manager.domain.rights.actor import Reach, Scope
from pki_manager.domain.rights.permission import DANGEROUS, Limit, Permission, list_limits
from pki_manager.domain.rights.role import RoleState
from pki_manager.domain.rights.team import ServiceAccountState


def build_scope_members(scope: Scope) -> dict[str, object]:
    """Return the four members of a scope in a response. None means no limit."""
    return {
        "cas": None if scope.cas is None else sorted(scope.cas),
        "profiles": None if scope.profiles is None else sorted(scope.profiles),
        "names": None if scope.names is None else sorted(map(str, scope.names)),
        "reach": scope.reach,
    }


class RoleDetails(BaseModel):
    """Newest version of a role: permissions and scope. Null means no limit."""

    name: str
    version: int
    state: RoleState
    description: str
    permissions: list[Permission]
    cas: list[UUID] | None
    profiles: list[str] | None
    names: list[str] | None
    reach: Reach
    created_at: datetime

    @classmethod
    def of(cls, one: role.CustomRole) -> RoleDetails:
        return cls.model_validate(cls.members(one))

    @staticmethod
    def members(one: role.CustomRole) -> dict[str, object]:
        return {
            "name": one.name,
            "version": one.version,
            "state": one.state,
            "description": one.description,
            "permissions": sorted(one.permissions),
            **build_scope_members(one.scope),
            "created_at": one.created_at,
        }


class RoleWithHolders(RoleDetails):
    """Role with `holders`: the IDs of the users that have it."""

    holders: list[UUID]

    @classmethod
    def view(cls, one: RoleView) -> RoleWithHolders:
        return cls.model_validate({**cls.members(one.role), "holders": one.holders})


class RolePage(BaseModel):
    items: list[RoleDetails]
    next_cursor: str | None


class TeamResponse(BaseModel):
    id: UUID
    name: str
    created_by: str
    created_at: datetime

    @classmethod
    def of(cls, one: domain.Team) -> TeamResponse:
        return cls(id=one.id, name=one.name, created_by=one.created_by, created_at=one.created_at)


class TeamMember(BaseModel):
    user: UUID
    login: str


class TeamWithMembers(TeamResponse):
    members: list[TeamMember]

    @classmethod
    def view(cls, one: TeamView) -> TeamWithMembers:
        members = [TeamMember(user=each.user_id, login=each.login) for each in one.members]
        return cls(**TeamResponse.of(one.team).model_dump(), members=members)


class TeamPage(BaseModel):
    items: list[TeamResponse]
    next_cursor: str | None


class ServiceAccountResponse(BaseModel):
    """Service account. `user` and `team` are its owners."""

    id: UUID
    name: str
    role: str
    user: UUID | None
    team: UUID | None
    state: ServiceAccountState
    created_by: str
    created_at: datetime

    @classmethod
    def of(cls, one: domain.ServiceAccount) -> ServiceAccountResponse:
        return cls(
            id=one.id,
            name=one.name,
            role=one.role,
            user=one.user_id,
            team=one.team_id,
            state=one.state,
            created_by=one.created_by,
            created_at=one.created_at,
        )


class ServiceAccountPage(BaseModel):
    items: list[ServiceAccountResponse]
    next_cursor: str | None


class PermissionRow(BaseModel):
    """Permission. `roles` are the built-in roles that include it, each with its ownership scope.

    `is_sensitive` is true if it requires re-authentication. `limits` are the scope properties that can restrict it in a
    custom role.
    """

    permission: Permission
    is_sensitive: bool
    limits: list[Limit]
    roles: dict[str, Reach]


class PermissionList(BaseModel):
    items: list[PermissionRow]

    @classmethod
    def of(cls, rows: Iterable[PermissionView]) -> PermissionList:
        return cls(
            items=[
                PermissionRow(
                    permission=row.permission,
                    is_sensitive=row.permission in DANGEROUS,
                    limits=sorted(list_limits(row.permission)),
                    roles={role.value: reach for role, reach in row.reach.items()},
                )
                for row in rows
            ]
        )
