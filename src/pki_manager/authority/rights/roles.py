"""Custom roles: created, changed in new versions, retired, assigned. Users can only grant permissions they have."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from pki_manager.authority.kernel import rights_gate
from pki_manager.authority.kernel.approval_gate import Act
from pki_manager.authority.kernel.authors import list_authors
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.delegation import require_covered, require_other
from pki_manager.authority.kernel.guard import find_user
from pki_manager.authority.kernel.idempotency import Done, run_once
from pki_manager.authority.kernel.scope_request import ScopeRequest, resolve
from pki_manager.domain import renames
from pki_manager.domain.errors import Conflict, Forbidden, InvalidInput, NotFound
from pki_manager.domain.events.rights import RoleAssigned, RoleCreated, RoleRetired, RoleUpdated, RoleWithdrawn
from pki_manager.domain.page import Page
from pki_manager.domain.people.user import User
from pki_manager.domain.rights.actor import Actor, Reach, Role, build_user_actor_id
from pki_manager.domain.rights.permission import Permission
from pki_manager.domain.rights.role import CustomRole, RoleState, require_sound
from pki_manager.policy import access
from pki_manager.policy.roles import BUILTIN
from pki_manager.ports.unit_of_work import Claim, Reader


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleRequest:
    """The values of a custom role, as an interface receives them."""

    description: str
    permissions: frozenset[Permission]
    scope: ScopeRequest = field(default_factory=ScopeRequest)


@dataclass(frozen=True, slots=True)
class RoleView:
    """A role. `holders` are the IDs of the users that have it."""

    role: CustomRole
    holders: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class PermissionView:
    """A permission. `reach` names the built-in roles that have it, each with whose objects it concerns."""

    permission: Permission
    reach: Mapping[Role, Reach]


def list_permissions(actor: Actor) -> tuple[PermissionView, ...]:
    """List every permission, in the order of the reference documentation."""
    access.require(actor, Permission.ROLE_READ)
    rows: dict[Permission, dict[Role, Reach]] = {permission: {} for permission in Permission}
    for role, grants in BUILTIN.items():
        for grant in grants:
            for permission in grant.permissions:
                rows[permission][role] = grant.scope.reach
    return tuple(PermissionView(permission, reach) for permission, reach in rows.items())


def create_role(
    ctx: Context, actor: Actor, name: str, request: RoleRequest, claim: Claim | None = None
) -> Done[CustomRole]:
    """Create version 1 of a role.

    Raises Conflict if the name was used before; Forbidden for permissions that the actor lacks.
    """
    access.require(actor, Permission.ROLE_MANAGE)

    def drafted(reader: Reader) -> CustomRole:
        if reader.roles.find([name]):
            raise Conflict(f"A role named {name!r} already exists.")
        return _role(reader, actor, name, request, 1, ctx.ports.clock.now())

    def work() -> CustomRole:
        permit = rights_gate.ask(ctx, actor, lambda reader: _act("create", drafted(reader)))
        now = ctx.ports.clock.now()
        with ctx.ports.storage.begin(actor) as uow:
            permit.use(uow, now)
            role = drafted(uow)
            if claim is not None:
                uow.idempotency.claim(actor.id, claim, ctx.new_id(), now)
            uow.roles.add(role)
            uow.record(RoleCreated(object_id=name, version=1, definition_sha256=hash_definition(role)))
        return role

    def again(_: UUID) -> CustomRole:
        with ctx.ports.storage.read() as reader:
            return reader.roles.get(name)

    return run_once(ctx, actor, claim, work, again)


def update_role(ctx: Context, actor: Actor, name: str, request: RoleRequest) -> CustomRole:
    """Create a new version of a role, which applies at once to all users that have the role.

    Raises NotFound if the role does not exist; Conflict if it is retired; Forbidden if the actor has the role, or lacks
    a permission of the old or the new version.
    """
    access.require(actor, Permission.ROLE_MANAGE)

    def drafted(reader: Reader) -> CustomRole:
        before = _changeable(reader, actor, name)
        return _role(reader, actor, name, request, before.version + 1, ctx.ports.clock.now())

    permit = rights_gate.ask(ctx, actor, lambda reader: _act("update", drafted(reader)))
    with ctx.ports.storage.begin(actor) as uow:
        permit.use(uow, ctx.ports.clock.now())
        uow.roles.lock(name)
        role = drafted(uow)
        uow.roles.add(role)
        uow.record(RoleUpdated(object_id=name, version=role.version, definition_sha256=hash_definition(role)))
    ctx.state.tokens.forget()
    return role


def retire_role(ctx: Context, actor: Actor, name: str, claim: Claim | None = None) -> Done[CustomRole]:
    """Retire a role permanently, so that it grants nothing.

    Raises NotFound if the role does not exist; Conflict if it is already retired; Forbidden as `update_role`.
    """
    access.require(actor, Permission.ROLE_MANAGE)

    def work() -> CustomRole:
        permit = rights_gate.ask(ctx, actor, lambda reader: _act("retire", _changeable(reader, actor, name)))
        with ctx.ports.storage.begin(actor) as uow:
            permit.use(uow, ctx.ports.clock.now())
            uow.roles.lock(name)
            role = _changeable(uow, actor, name)
            if claim is not None:
                uow.idempotency.claim(actor.id, claim, ctx.new_id(), ctx.ports.clock.now())
            uow.roles.retire(name)
            uow.record(RoleRetired(object_id=name, version=role.version))
        ctx.state.tokens.forget()
        return replace(role, state=RoleState.RETIRED)

    def again(_: UUID) -> CustomRole:
        with ctx.ports.storage.read() as reader:
            return reader.roles.get(name)

    return run_once(ctx, actor, claim, work, again)


def list_roles(ctx: Context, actor: Actor, cursor: str | None, limit: int) -> Page[CustomRole]:
    """List the newest version of each role, by name."""
    access.require(actor, Permission.ROLE_READ)
    with ctx.ports.storage.read() as reader:
        return reader.roles.page(cursor, limit)


def show_role(ctx: Context, actor: Actor, name: str) -> RoleView:
    """Return a role and the users that have it. Raises NotFound if the role does not exist."""
    access.require(actor, Permission.ROLE_READ)
    with ctx.ports.storage.read() as reader:
        return RoleView(reader.roles.get(name), tuple(reader.roles.list_role_holders(name)))


def assign_role(ctx: Context, actor: Actor, name: str, user: str) -> RoleView:
    """Assign a role to a user, by ID or username. Can be repeated.

    Raises NotFound if the role or the user does not exist; Conflict if the role is retired; Forbidden for the actor's
    own account, and for permissions that the actor lacks.
    """
    access.require(actor, Permission.ROLE_MANAGE)

    def chosen(reader: Reader) -> User:
        role, person = reader.roles.get(name), find_user(reader, user)
        require_other(reader, actor, person.id)
        if role.state is not RoleState.ACTIVE:
            raise Conflict(f"Role {name!r} is retired.")
        teams = reader.teams.list_by_user(person.id)
        require_covered(actor, role.grants, f"role {name!r}", teams=teams)
        return person

    permit = rights_gate.ask(ctx, actor, lambda reader: _holding(reader, "assign", name, chosen(reader)))
    with ctx.ports.storage.begin(actor) as uow:
        permit.use(uow, ctx.ports.clock.now())
        uow.roles.lock(name)
        person = uow.users.lock(chosen(uow).id)
        uow.roles.assign(name, person.id)
        uow.sessions.revoke_all(person.id, ctx.ports.clock.now())
        uow.record(RoleAssigned(object_id=name, user=str(person.id)))
    return _view(ctx, name)


def withdraw_role(ctx: Context, actor: Actor, name: str, user: str) -> None:
    """Withdraw a role from a user.

    Raises NotFound if the role or the user does not exist, or the user does not have the role; Forbidden for the
    actor's own account, and for permissions that the actor lacks.
    """
    access.require(actor, Permission.ROLE_MANAGE)

    def chosen(reader: Reader) -> User:
        role, person = reader.roles.get(name), find_user(reader, user)
        require_other(reader, actor, person.id)
        require_covered(actor, role.grants, f"role {role.name!r}")
        return person

    permit = rights_gate.ask(ctx, actor, lambda reader: _holding(reader, "withdraw", name, chosen(reader)))
    with ctx.ports.storage.begin(actor) as uow:
        permit.use(uow, ctx.ports.clock.now())
        uow.roles.lock(name)
        person = uow.users.lock(chosen(uow).id)
        if not uow.roles.withdraw(name, person.id):
            raise NotFound(f"User {user!r} does not have role {name!r}.")
        uow.sessions.revoke_all(person.id, ctx.ports.clock.now())
        uow.record(RoleWithdrawn(object_id=name, user=str(person.id)))
    ctx.state.tokens.forget()


def hash_definition(role: CustomRole) -> str:
    """Return the SHA-256 (lower-case hex) of the role's permissions and scopes as canonical JSON.

    Permissions are written with their former names, so that digests in the audit log still match.
    """
    details = renames.to_former(_details(role))
    return hashlib.sha256(json.dumps(details, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _details(role: CustomRole) -> dict[str, object]:
    scope = role.scope
    return {
        "permissions": sorted(role.permissions),
        "cas": None if scope.cas is None else sorted(map(str, scope.cas)),
        "profiles": None if scope.profiles is None else sorted(scope.profiles),
        "names": None if scope.names is None else sorted(map(str, scope.names)),
        "reach": scope.reach,
    }


def _act(verb: str, role: CustomRole) -> Act:
    """Return the operation for the approval gate. An approval of it does not apply to another version of the role."""
    return rights_gate.build_operation(
        verb, "role", role.name, version=role.version, description=role.description, **_details(role)
    )


def _holding(reader: Reader, verb: str, name: str, person: User) -> Act:
    role = reader.roles.get(name)
    about = {"user": str(person.id), "login": person.login, "version": role.version}
    return rights_gate.build_operation(verb, "role", name, **about, **_details(role))


def _role(reader: Reader, actor: Actor, name: str, request: RoleRequest, version: int, now: datetime) -> CustomRole:
    scope = resolve(reader, request.scope)
    require_sound(name, request.permissions, scope)
    if not request.description.isprintable():
        raise InvalidInput.of("description", "role.description", "must contain only printable characters")
    role = CustomRole(
        name=name,
        version=version,
        description=request.description,
        permissions=request.permissions,
        scope=scope,
        state=RoleState.ACTIVE,
        created_at=now,
    )
    require_covered(actor, role.grants, f"role {role.name!r}")
    return role


def _changeable(reader: Reader, actor: Actor, name: str) -> CustomRole:
    role = reader.roles.get(name)
    if role.state is not RoleState.ACTIVE:
        raise Conflict(f"Role {name!r} is retired.")
    holders = {build_user_actor_id(holder) for holder in reader.roles.list_role_holders(name)}
    if name in actor.roles or holders.intersection(list_authors(reader, actor)):
        raise Forbidden("You cannot change a role that you have.")
    require_covered(actor, role.grants, f"role {role.name!r}")
    return role


def _view(ctx: Context, name: str) -> RoleView:
    with ctx.ports.storage.read() as reader:
        return RoleView(reader.roles.get(name), tuple(reader.roles.list_role_holders(name)))
