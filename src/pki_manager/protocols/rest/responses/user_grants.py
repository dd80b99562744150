"""Response bodies of the grants of a user."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from pydantic import BaseModel

from pki_manager.authority.rights import user_grants as grants
from pki_manager.domain.people import identity
from pki_manager.domain.people.user import UserState
from pki_manager.domain.rights import actor
from pki_manager.domain.rights.actor import Reach, Role
from pki_manager.domain.rights.permission import Permission
from pki_manager.protocols.rest.responses.rights import build_scope_members


class Giver(BaseModel):
    """Identity provider account whose rules granted a role or a team, and can remove it.

    `provider` is null if the settings no longer contain its issuer.
    """

    identity: UUID
    provider: str | None
    title: str


class GrantResponse(BaseModel):
    """Permissions with their scope. Null means no limit."""

    permissions: list[Permission]
    cas: list[UUID] | None
    profiles: list[str] | None
    names: list[str] | None
    reach: Reach

    @classmethod
    def of(cls, one: actor.Grant) -> GrantResponse:
        return cls.model_validate({"permissions": sorted(one.permissions), **build_scope_members(one.scope)})


class RoleGivenResponse(BaseModel):
    """Role of a user. `grants` is empty for a retired role; `given_by` is null if a person assigned the role.

    `is_builtin` is true for the built-in role. Every user has exactly one.
    """

    name: str
    is_builtin: bool
    grants: list[GrantResponse]
    given_by: Giver | None


class TeamGivenResponse(BaseModel):
    """Team of a user. `given_by` is null if a person added the user."""

    id: UUID
    name: str
    given_by: Giver | None


class UserGrantsResponse(BaseModel):
    """Roles, teams, and resulting permissions of a user. They apply only while the user's `state` is `active`."""

    user: UUID
    state: UserState
    permissions: list[Permission]
    roles: list[RoleGivenResponse]
    teams: list[TeamGivenResponse]

    @classmethod
    def of(cls, one: grants.UserGrants, providers: Sequence[identity.Provider]) -> UserGrantsResponse:
        by_issuer = {provider.issuer: provider for provider in providers}
        roles = [
            RoleGivenResponse(
                name=role.name,
                is_builtin=role.name in set(Role),
                grants=list(map(GrantResponse.of, role.grants)),
                given_by=_giver(role.by, by_issuer),
            )
            for role in one.roles
        ]
        return cls(
            user=one.user.id,
            state=one.user.state,
            permissions=sorted(
                {permission for role in roles for each in role.grants for permission in each.permissions}
            ),
            roles=roles,
            teams=[
                TeamGivenResponse(id=each.team.id, name=each.team.name, given_by=_giver(each.by, by_issuer))
                for each in one.teams
            ],
        )


def _giver(by: identity.Identity | None, providers: Mapping[str, identity.Provider]) -> Giver | None:
    if by is None:
        return None
    provider = providers.get(by.issuer)
    return Giver(
        identity=by.id,
        provider=None if provider is None else provider.name,
        title=by.issuer if provider is None else provider.title,
    )
