"""Links between accounts at identity providers and local users.

The provider's rules assign roles and teams to a user at each sign-in.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple
from uuid import UUID

from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.current_rights import require_may_decide
from pki_manager.authority.kernel.delegation import require_other
from pki_manager.authority.kernel.guard import find_user
from pki_manager.authority.people.sessions import lock_active, require_own_id
from pki_manager.authority.people.users import disable_locked_user, require_another_administrator
from pki_manager.domain.errors import Conflict, InvalidInput, NameTaken, NotFound
from pki_manager.domain.events.audit import AuditEvent
from pki_manager.domain.events.people import IdentityUnlinked, UserChanged, UserCreated, UserDisabled, UserEnabled
from pki_manager.domain.events.rights import RoleAssigned, RoleWithdrawn, TeamMemberAdded, TeamMemberRemoved
from pki_manager.domain.people.identity import (
    Claims,
    GrantKind,
    Identity,
    IdentityGrant,
    Provider,
    UnknownUsers,
    build_identity_refused,
)
from pki_manager.domain.people.user import User, UserState, parse_login
from pki_manager.domain.rights.actor import Actor, ActorKind, Role
from pki_manager.domain.rights.role import RoleState
from pki_manager.policy import access
from pki_manager.policy.access import Permission
from pki_manager.policy.identity import IdentityGrants, apply_rules
from pki_manager.ports.unit_of_work import Reader, UnitOfWork

_EVENTS: Mapping[tuple[GrantKind, bool], type[RoleAssigned | RoleWithdrawn | TeamMemberAdded | TeamMemberRemoved]] = {
    (GrantKind.ROLE, True): RoleAssigned,
    (GrantKind.ROLE, False): RoleWithdrawn,
    (GrantKind.TEAM, True): TeamMemberAdded,
    (GrantKind.TEAM, False): TeamMemberRemoved,
}


@dataclass(frozen=True, slots=True)
class IdentityChanges:
    """The changes that the provider's rules require for a user.

    `role` and `state` are None if they stay. `give` and `take` are the roles and teams to assign and to withdraw.
    """

    role: Role | None
    state: UserState | None
    give: frozenset[IdentityGrant]
    take: frozenset[IdentityGrant]

    @property
    def is_empty(self) -> bool:
        return self.role is None and self.state is None and not self.give and not self.take


class SignedInIdentity(NamedTuple):
    """The user that a linked account (identity) belongs to, and the ID of the linked account."""

    user: User
    identity_id: UUID


def settle(ctx: Context, visitor: Actor, provider: Provider, claims: Claims) -> SignedInIdentity:
    """Return the user of an identity, after assigning the roles and teams that the provider's rules give it now.

    Earlier assignments by rules that no longer apply are withdrawn. A user who does not exist is created if the rules
    allow it. Raises IdentityRefused if the identity is not allowed to sign in.
    """
    given = apply_rules(provider, claims)
    who = replace(visitor, kind=ActorKind.SYSTEM, id=f"system:{provider.method}", name=provider.name)
    with ctx.ports.storage.read() as reader:
        identity = reader.identities.find(provider.issuer, claims.subject)
        settled = identity is not None and _changes(reader, identity, given).is_empty
        user = None if identity is None else reader.users.get(identity.user_id)
    if identity is None or user is None or not settled:
        user, identity = _bring_about(ctx, who, provider, claims, given)
        ctx.state.tokens.forget()
    if identity.by_rules and given.role is None:
        raise build_identity_refused(
            "oidc.no_role",
            "The identity provider knows you, but none of its rules gives you a role here. Ask an administrator.",
        )
    require_active(user)
    return SignedInIdentity(user, identity.id)


def require_active(user: User) -> None:
    """Raise IdentityRefused for a user that an administrator disabled."""
    if user.state is not UserState.ACTIVE:
        raise build_identity_refused("oidc.disabled", "Your account is disabled. Ask an administrator.")


class _Settled(Exception):
    """Raised to roll back a unit of work if a parallel sign-in of the same person already made the changes."""

    def __init__(self, user: User, identity: Identity) -> None:
        super().__init__()
        self.found = user, identity


def _bring_about(
    ctx: Context, who: Actor, provider: Provider, claims: Claims, given: IdentityGrants
) -> tuple[User, Identity]:
    """Create or change the user in one unit of work.

    If the same person signs in with two browsers at once, the user is created once. Raises IdentityRefused if another
    user has the username.
    """
    for attempt in range(2):
        try:
            return _change(ctx, who, provider, claims, given)
        except _Settled as settled:
            return settled.found
        except NameTaken:
            # Try again, because another browser may have been faster: only a unit of work surely sees its change.
            if attempt:
                break
    raise build_identity_refused(
        "oidc.login_taken", "A user with this username already exists. Sign in as that user and link your account."
    )


def _change(
    ctx: Context, who: Actor, provider: Provider, claims: Claims, given: IdentityGrants
) -> tuple[User, Identity]:
    with ctx.ports.storage.begin(who) as uow:
        identity = uow.identities.find(provider.issuer, claims.subject)
        is_new = identity is None
        identity = _locked(uow, identity) if identity else _create(ctx, uow, who, provider, claims, given)
        changes = _changes(uow, identity, given)
        if changes.is_empty and not is_new:
            raise _Settled(uow.users.get(identity.user_id), identity)
        if not changes.is_empty:
            _apply(ctx, uow, identity, changes)
            identity = replace(identity, suspended=given.role is None and identity.by_rules)
            uow.identities.set_suspended(identity.id, suspended=identity.suspended)
        return uow.users.get(identity.user_id), identity


def _locked(uow: UnitOfWork, identity: Identity) -> Identity:
    """Lock the administrators, then the user of an identity, and return the identity as it is now.

    Raises IdentityRefused if it was unlinked.
    """
    uow.users.lock_administrators()
    uow.users.lock(identity.user_id)
    found = uow.identities.find(identity.issuer, identity.subject)
    if found is None or found.user_id != identity.user_id:
        raise build_identity_refused(
            "oidc.unlinked", "Your account at the identity provider was unlinked. Sign in again."
        )
    return found


def _create(
    ctx: Context, uow: UnitOfWork, who: Actor, provider: Provider, claims: Claims, given: IdentityGrants
) -> Identity:
    """Create a user and the linked account, if the rules allow it.

    No claim of the provider ever links a person to an existing user. Raises IdentityRefused if the rules do not allow
    it.
    """
    role = _require_role(provider, given)
    now = ctx.ports.clock.now()
    login = _login(provider, claims)
    user = User(
        id=ctx.new_id(),
        login=login,
        display_name=claims.display_name or login,
        email=claims.email,
        state=UserState.ACTIVE,
        role=role,
        created_by=who.id,
        created_at=now,
        last_sign_in_at=None,
        origin=provider.name,
    )
    identity = Identity(
        id=ctx.new_id(),
        user_id=user.id,
        issuer=provider.issuer,
        subject=claims.subject,
        by_rules=True,
        suspended=False,
        created_at=now,
        last_used_at=None,
    )
    uow.users.add(user)
    uow.identities.add(identity)
    uow.record(UserCreated(object_id=str(user.id), login=user.login, role=user.role))
    return identity


def _require_role(provider: Provider, given: IdentityGrants) -> Role:
    """Return the role of a new user. Raises IdentityRefused if the rules create no user, or give no role."""
    if provider.unknown_users is not UnknownUsers.CREATE:
        raise build_identity_refused(
            "oidc.unknown",
            "The identity provider knows you, but you have no user account here. Ask an administrator to invite you.",
        )
    if given.role is None:
        raise build_identity_refused(
            "oidc.no_role",
            "The identity provider knows you, but none of its rules gives you a role here. Ask an administrator.",
        )
    return given.role


def _login(provider: Provider, claims: Claims) -> str:
    """Return the username of a new user: from the claim, else the verified email address, else a unique text."""
    for text in (claims.login, claims.email):
        try:
            return parse_login(text or "")
        except InvalidInput:
            continue
    return f"{provider.name}-{hashlib.sha256(claims.subject.encode()).hexdigest()[:16]}"


def _changes(reader: Reader, identity: Identity, given: IdentityGrants) -> IdentityChanges:
    """Return the changes that the rules require.

    Roles and teams that an administrator assigned stay; so does the role of a user who existed before.
    """
    user = reader.users.get(identity.user_id)
    now = frozenset(reader.identities.list_grants(identity.id))
    due = _due(reader, given)
    if not identity.by_rules:
        return IdentityChanges(None, None, due - now, now - due)
    if given.role is None:
        state = None if user.state is UserState.DISABLED else UserState.DISABLED
        return IdentityChanges(None, state, frozenset(), now)
    back = identity.suspended and user.state is UserState.DISABLED
    role = None if user.role is given.role else given.role
    return IdentityChanges(role, UserState.ACTIVE if back else None, due - now, now - due)


def _due(reader: Reader, given: IdentityGrants) -> frozenset[IdentityGrant]:
    """Return the custom roles and teams that the rules give. Those that do not exist or are retired are skipped."""
    roles = {one.name for one in reader.roles.find(sorted(given.custom_roles)) if one.state is RoleState.ACTIVE}
    teams = {team.id for name in given.teams if (team := reader.teams.find(name)) is not None}
    return frozenset(
        {IdentityGrant(GrantKind.ROLE, name) for name in roles}
        | {IdentityGrant(GrantKind.TEAM, str(team)) for team in teams}
    )


def _apply(ctx: Context, uow: UnitOfWork, identity: Identity, changes: IdentityChanges) -> None:
    """Apply the changes to the user, and end all sessions of the user."""
    user, now = uow.users.get(identity.user_id), ctx.ports.clock.now()
    if user.role is Role.ADMINISTRATOR and (changes.role is not None or changes.state is UserState.DISABLED):
        _require_rules_leave_one(uow, user)
    uow.sessions.revoke_all(user.id, now)
    if changes.role is not None:
        uow.users.set_role(user.id, changes.role)
    if changes.state is UserState.DISABLED:
        disable_locked_user(uow, user, now)
    elif changes.state is not None:
        uow.users.set_state(user.id, changes.state)
    for event in _events_of(user, changes):
        uow.record(event)
    kept = set(uow.identities.list_grants(identity.id)) - changes.take
    for grant in sorted(changes.take):
        _take(uow, user.id, grant)
    for grant in sorted(changes.give):
        if _give(uow, user.id, grant):
            kept.add(grant)
    uow.identities.put_grants(identity.id, sorted(kept))


def _events_of(user: User, changes: IdentityChanges) -> list[AuditEvent]:
    events: list[AuditEvent] = []
    if changes.state is not None:
        disabled = changes.state is UserState.DISABLED
        events.append((UserDisabled if disabled else UserEnabled)(object_id=str(user.id)))
    if changes.role is not None:
        events.append(UserChanged(object_id=str(user.id), changed=("role",), role=changes.role))
    for given, grants in ((True, changes.give), (False, changes.take)):
        events += [_EVENTS[one.kind, given](object_id=one.name, user=str(user.id)) for one in sorted(grants)]
    return events


def _give(uow: UnitOfWork, user_id: UUID, grant: IdentityGrant) -> bool:
    """Grant a role or team. Returns False if the user already had it: the rules then never remove it."""
    if grant.kind is GrantKind.ROLE:
        return uow.roles.assign(grant.name, user_id)
    return uow.teams.add_member(UUID(grant.name), user_id)


def _take(uow: UnitOfWork, user_id: UUID, grant: IdentityGrant) -> None:
    if grant.kind is GrantKind.ROLE:
        uow.roles.withdraw(grant.name, user_id)
    else:
        uow.teams.remove_member(UUID(grant.name), user_id)


def _require_rules_leave_one(uow: UnitOfWork, user: User) -> None:
    """Raise IdentityRefused, and change nothing, if the installation would have no administrator left."""
    if set(uow.users.lock_administrators()) <= {user.id}:
        raise build_identity_refused(
            "oidc.last_administrator", "You are the last administrator. Make another user an administrator first."
        )


def list_own(ctx: Context, actor: Actor) -> tuple[Identity, ...]:
    """Return the linked accounts of the acting user."""
    access.require(actor, Permission.SELF_UPDATE)
    with ctx.ports.storage.read() as reader:
        return tuple(reader.identities.list_by_user(require_own_id(actor)))


def list_of_user(ctx: Context, actor: Actor, id_or_login: str) -> tuple[Identity, ...]:
    """Return the linked accounts of a user, for administrators. Raises NotFound for an unknown user."""
    access.require(actor, Permission.USER_READ)
    with ctx.ports.storage.read() as reader:
        return tuple(reader.identities.list_by_user(find_user(reader, id_or_login).id))


def unlink(ctx: Context, actor: Actor, identity_id: UUID) -> None:
    """Remove a linked account of the acting user.

    Raises NotFound if the user has no such account; Conflict if it is the only way to sign in, or if the provider's
    rules created the user.
    """
    access.require(actor, Permission.SELF_SECURE)
    user_id = require_own_id(actor)
    with ctx.ports.storage.begin(actor) as uow:
        lock_active(uow, user_id)
        identity = _of(uow, user_id, identity_id)
        if identity.by_rules:
            raise Conflict("The rules of the identity provider created your user. An administrator can disable it.")
        if not _has_way_in_without(uow, identity):
            raise Conflict("The account is your only way to sign in. Set a password or a passkey first.")
        _unlink(uow, identity)
    ctx.state.tokens.forget()


def unlink_of_user(ctx: Context, actor: Actor, id_or_login: str, identity_id: UUID) -> None:
    """Remove a linked account of a user, for administrators, and end the user's sessions.

    The account can be the only way to sign in, or one that rules created. Raises NotFound if the user or the account
    does not exist; Forbidden for the actor's own, or for a user with permissions that the actor lacks; Conflict if it
    is the only way to sign in of the last administrator.
    """
    access.require(actor, Permission.USER_MANAGE)
    with ctx.ports.storage.begin(actor) as uow:
        uow.users.lock_administrators()
        user = uow.users.lock(find_user(uow, id_or_login).id)
        require_other(uow, actor, user.id)
        require_may_decide(uow, actor, user)
        identity = _of(uow, user.id, identity_id)
        if user.role is Role.ADMINISTRATOR and not _has_way_in_without(uow, identity):
            require_another_administrator(uow, user)
        uow.sessions.revoke_all(user.id, ctx.ports.clock.now())
        _unlink(uow, identity)
    ctx.state.tokens.forget()


def _of(uow: UnitOfWork, user_id: UUID, identity_id: UUID) -> Identity:
    found = next((one for one in uow.identities.list_by_user(user_id) if one.id == identity_id), None)
    if found is None:
        raise NotFound.of("linked account", str(identity_id))
    return found


def _has_way_in_without(uow: UnitOfWork, identity: Identity) -> bool:
    user_id = identity.user_id
    others = len(uow.identities.list_by_user(user_id)) > 1
    return others or uow.users.find_password_hash(user_id) is not None or bool(uow.factors.list_passkeys(user_id))


def _unlink(uow: UnitOfWork, identity: Identity) -> None:
    """Remove the linked account, and withdraw the roles and teams that its provider's rules assigned."""
    for grant in uow.identities.list_grants(identity.id):
        _take(uow, identity.user_id, grant)
    uow.identities.remove(identity.id)
    uow.record(IdentityUnlinked(object_id=str(identity.user_id), issuer=identity.issuer, subject=identity.subject))
