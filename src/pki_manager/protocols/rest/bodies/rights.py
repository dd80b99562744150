"""What callers send about rights."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from pydantic import Field

from pki_manager.authority.acme.keys import NewAcmeKey
from pki_manager.authority.kernel.scope_request import ScopeRequest
from pki_manager.authority.rights.roles import RoleRequest
from pki_manager.authority.rights.service_accounts import AccountRequest
from pki_manager.domain.duration import Duration
from pki_manager.domain.rights.actor import Reach, Role
from pki_manager.domain.rights.permission import Permission
from pki_manager.protocols.rest.bodies.common import Body
from pki_manager.protocols.rest.fields import Line, Name

_MAX_ITEMS = 200
Names: TypeAlias = Annotated[list[Name], Field(max_length=_MAX_ITEMS)]
Patterns: TypeAlias = Annotated[list[Line], Field(max_length=_MAX_ITEMS)]


class ScopeBody(Body):
    """On what: null, or left out, is no limit; an empty list is nothing."""

    cas: Annotated[Names | None, Field(description="Ids or names")] = None
    profiles: Names | None = None
    names: Annotated[
        Patterns | None, Field(description="`DNS:example.com` with all below, `IP:10.0.0.0/8`, `email:example.com`")
    ] = None
    reach: Annotated[Reach, Field(description="Whose objects")] = Reach.ALL

    def scope(self) -> ScopeRequest:
        return ScopeRequest(
            cas=None if self.cas is None else tuple(self.cas),
            profiles=None if self.profiles is None else tuple(self.profiles),
            names=None if self.names is None else tuple(self.names),
            reach=self.reach,
        )


class RoleDefinition(ScopeBody):
    permissions: Annotated[list[Permission], Field(min_length=1)]
    description: Line = ""

    def wish(self) -> RoleRequest:
        permissions = frozenset(self.permissions)
        return RoleRequest(description=self.description, permissions=permissions, scope=self.scope())


class RoleBody(RoleDefinition):
    name: Name


class TeamBody(Body):
    name: Name


class ServiceAccountBody(Body):
    """A user or a team answers for it, or both."""

    name: Name
    role: Name
    user: Annotated[Name | None, Field(description="Id or login")] = None
    team: Annotated[Name | None, Field(description="Id or name")] = None

    def wish(self) -> AccountRequest:
        return AccountRequest(name=self.name, role=self.role, user=self.user, team=self.team)


class TokenBody(ScopeBody):
    """At most the caller's own rights; `permissions`, CAs, profiles, names and reach make it less than its role."""

    name: Name
    role: Name
    expires: Annotated[Line, Field(description="ISO 8601 duration from now, such as `P1D`")]
    permissions: Annotated[list[Permission] | None, Field(description="Of the role's, these only")] = None
    service_account: Annotated[Name | None, Field(description="Whose it is, by id or name; else one's own")] = None
    team: Annotated[Name | None, Field(description="Whose new objects are, by id or name")] = None


class AcmeKeyBody(ScopeBody):
    """A token's members, without permissions: of its role's, it has those that ACME needs."""

    name: Name
    expires: Annotated[Line, Field(description="ISO 8601 duration from now, such as `P1Y`: so long its accounts work")]
    role: Name = Role.REGISTRATION_AUTHORITY.value
    service_account: Annotated[Name | None, Field(description="Whose it is, by id or name; else one's own")] = None
    team: Annotated[Name | None, Field(description="Whose new objects are, by id or name")] = None
    open: Annotated[bool, Field(description="Whether clients without a key of ours may act as it too")] = False

    def wish(self) -> NewAcmeKey:
        return NewAcmeKey(
            name=self.name,
            lifetime=Duration.parse(self.expires, "expires"),
            role=self.role,
            scope=self.scope(),
            service_account=self.service_account,
            team=self.team,
            is_open=self.open,
        )


class TokenRotationBody(Body):
    overlap: Annotated[Line, Field(description="How long the old secret works yet, such as `PT1H`; a week at most")]
