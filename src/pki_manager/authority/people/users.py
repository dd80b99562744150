"""Users, managed by administrators: invited, changed, disabled. At least one administrator always remains."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from pki_manager.authority.kernel import approval_gate, rights_gate
from pki_manager.authority.kernel.approval_gate import Act
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.current_rights import require_may_decide
from pki_manager.authority.kernel.delegation import require_covered, require_other
from pki_manager.authority.kernel.guard import find_user
from pki_manager.authority.kernel.idempotency import Done, change_once, run_once
from pki_manager.authority.people.invitations import InvitationLink, create_link
from pki_manager.domain.errors import Conflict, InvalidInput, NameTaken
from pki_manager.domain.events.people import UserChanged, UserCreated, UserDisabled, UserEnabled
from pki_manager.domain.page import Page
from pki_manager.domain.people.user import User, UserState, parse_login
from pki_manager.domain.rights.actor import Actor, Role
from pki_manager.policy import access
from pki_manager.policy.access import Permission
from pki_manager.policy.roles import list_builtin_grants
from pki_manager.ports.unit_of_work import Claim, Reader, UnitOfWork

MAX_NAME = 200
MAX_EMAIL = 254
_SAID = ("display_name", "email", "role")


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """The values of a user that an administrator can set."""

    display_name: str
    email: str | None
    role: Role


class InvitedUser(NamedTuple):
    """A new user, and the link with which the user sets a password."""

    user: User
    link: InvitationLink


def create_user(
    ctx: Context, actor: Actor, login: str, person: Person, claim: Claim | None = None
) -> Done[InvitedUser]:
    """Create a user with an invitation link.

    Raises NameTaken if the username exists; Forbidden for a role with permissions that the actor lacks.
    """
    access.require(actor, Permission.USER_MANAGE)
    _require_sound(actor, person)
    name = parse_login(login)

    def work() -> InvitedUser:
        permit = rights_gate.ask(ctx, actor, lambda reader: _creation_of(reader, name, person))
        now = ctx.ports.clock.now()
        user = User(
            id=ctx.new_id(),
            login=name,
            display_name=person.display_name,
            email=person.email,
            state=UserState.INVITED,
            role=person.role,
            created_by=actor.id,
            created_at=now,
            last_sign_in_at=None,
        )
        with ctx.ports.storage.begin(actor) as uow:
            permit.use(uow, now)
            if claim is not None:
                uow.idempotency.claim(actor.id, claim, user.id, now)
            uow.users.add(user)
            link = create_link(ctx, uow, actor, user.id)
            uow.record(UserCreated(object_id=str(user.id), login=name, role=user.role))
        return InvitedUser(user, link)

    def again(user_id: object) -> InvitedUser:
        return InvitedUser(show_user(ctx, actor, str(user_id)), InvitationLink(None, None))

    return run_once(ctx, actor, claim, work, again)


def list_users(ctx: Context, actor: Actor, cursor: str | None, limit: int) -> Page[User]:
    """List users, newest first."""
    access.require(actor, Permission.USER_READ)
    with ctx.ports.storage.read() as reader:
        return reader.users.page(cursor, limit)


def show_user(ctx: Context, actor: Actor, id_or_login: str) -> User:
    """Return a user. Raises NotFound if there is none with this ID or username."""
    access.require(actor, Permission.USER_READ)
    with ctx.ports.storage.read() as reader:
        return find_user(reader, id_or_login)


def change_user(ctx: Context, actor: Actor, id_or_login: str, person: Person) -> User:
    """Change a user. A new role ends the user's sessions.

    Raises NotFound for an unknown user; Forbidden for a role with permissions that the actor lacks and, if the role
    changes, for the actor's own account or a user with such permissions; Conflict if the last administrator would lose
    the role.
    """
    access.require(actor, Permission.USER_MANAGE)
    _require_sound(actor, person)
    with ctx.ports.storage.read() as reader:
        act = _role_change(reader, actor, find_user(reader, id_or_login), person.role)
    permit = None if act is None else approval_gate.ask(ctx, actor, act)
    with ctx.ports.storage.begin(actor) as uow:
        before = _lock(uow, id_or_login)
        user = replace(before, display_name=person.display_name, email=person.email, role=person.role)
        changed = tuple(name for name in _SAID if getattr(user, name) != getattr(before, name))
        if _role_change(uow, actor, before, person.role) != act:
            raise Conflict(f"User {before.login!r} was changed by someone else. Reload it and try again.")
        if permit is not None:
            permit.use(uow, ctx.ports.clock.now())
            if before.role is Role.ADMINISTRATOR:
                require_another_administrator(uow, before)
            uow.sessions.revoke_all(user.id, ctx.ports.clock.now())
            uow.users.set_role(user.id, user.role)
        uow.users.set_person(user.id, user.display_name, user.email)
        uow.record(UserChanged(object_id=str(user.id), changed=changed, role=user.role))
    return user


def _role_change(reader: Reader, actor: Actor, user: User, role: Role) -> Act | None:
    """Return the operation for the approval gate; None if the role stays. Raises Forbidden as `change_user`."""
    if user.role is role:
        return None
    require_other(reader, actor, user.id)
    require_may_decide(reader, actor, user)
    require_covered(actor, list_builtin_grants(role), f"role {role.value!r}", teams=reader.teams.list_by_user(user.id))
    return _act("change", user, role=role.value, role_before=user.role.value)


def disable_user(ctx: Context, actor: Actor, id_or_login: str, claim: Claim | None = None) -> Done[User]:
    """Disable a user, and end all of their sessions and invitations. Can be repeated.

    Raises NotFound for an unknown user; Forbidden for the actor's own account, and for a user with permissions that the
    actor lacks; Conflict for the last administrator.
    """
    access.require(actor, Permission.USER_MANAGE)

    def apply(uow: UnitOfWork, user: User, now: datetime) -> None:
        require_other(uow, actor, user.id)
        require_may_decide(uow, actor, user)
        if user.role is Role.ADMINISTRATOR:
            require_another_administrator(uow, user)
        disable_locked_user(uow, user, now)
        for identity in uow.identities.list_by_user(user.id):
            # A user whom an administrator disabled is not enabled again by rules.
            uow.identities.set_suspended(identity.id, suspended=False)
        uow.record(UserDisabled(object_id=str(user.id)))

    return _change_state(ctx, actor, id_or_login, claim, apply)


def enable_user(ctx: Context, actor: Actor, id_or_login: str, claim: Claim | None = None) -> Done[User]:
    """Enable a user. A user without a password or a linked account then needs an invitation link.

    Raises NotFound for an unknown user; Forbidden for a user with permissions that the actor lacks.
    """
    access.require(actor, Permission.USER_MANAGE)

    def act_of(reader: Reader, user: User) -> Act:
        require_may_decide(reader, actor, user)
        roles = rights_gate.build_roles_body(reader, reader.roles.list_assigned(user.id))
        return _act("enable", user, role=user.role.value, custom_roles=roles)

    def apply(uow: UnitOfWork, user: User, _now: datetime) -> None:
        act_of(uow, user)
        if user.state is UserState.DISABLED:
            has_way_in = uow.users.find_password_hash(user.id) is not None or bool(uow.identities.list_by_user(user.id))
            uow.users.set_state(user.id, UserState.ACTIVE if has_way_in else UserState.INVITED)
        uow.record(UserEnabled(object_id=str(user.id)))

    return _change_state(ctx, actor, id_or_login, claim, apply, act_of)


def _change_state(
    ctx: Context,
    actor: Actor,
    id_or_login: str,
    claim: Claim | None,
    apply: Callable[[UnitOfWork, User, datetime], None],
    act_of: Callable[[Reader, User], Act] | None = None,
) -> Done[User]:
    """Change the state of a user with `apply`.

    `act_of` returns the operation for the approval gate. Without it, no approval is required.
    """
    with ctx.ports.storage.read() as reader:
        user = find_user(reader, id_or_login)
        act = None if act_of is None else act_of(reader, user)
    user_id = user.id
    return change_once(
        ctx,
        actor,
        claim,
        user_id,
        lambda uow, now: apply(uow, _lock(uow, str(user_id)), now),
        lambda reader: reader.users.get(user_id),
        act,
    )


def disable_locked_user(uow: UnitOfWork, user: User, now: datetime) -> None:
    """Disable a locked user, and end all of their sessions and invitations."""
    uow.users.set_state(user.id, UserState.DISABLED)
    uow.users.end_invitations(user.id, now)
    uow.sessions.revoke_all(user.id, now)


def _lock(uow: UnitOfWork, id_or_login: str) -> User:
    """Lock the administrators, then the user, and return the user. Raises NotFound for an unknown user.

    All units of work lock in this order, which prevents deadlocks.
    """
    uow.users.lock_administrators()
    return uow.users.lock(find_user(uow, id_or_login).id)


def _creation_of(reader: Reader, login: str, person: Person) -> Act:
    if reader.users.find(login) is not None:
        raise NameTaken(f"A user named {login!r} already exists.")
    details = {"display_name": person.display_name, "email": person.email, "role": person.role.value}
    return rights_gate.build_operation("create", "user", login, **details)


def _act(verb: str, user: User, **told: object) -> Act:
    return rights_gate.build_operation(verb, "user", str(user.id), login=user.login, **told)


def _require_sound(actor: Actor, person: Person) -> None:
    require_covered(actor, list_builtin_grants(person.role), f"role {person.role.value!r}")
    name, email = person.display_name, person.email
    if not name.strip() or len(name) > MAX_NAME or not name.isprintable():
        raise InvalidInput.of("display_name", "user.name", f"must have 1 to {MAX_NAME} printable characters")
    if email is not None and (len(email) > MAX_EMAIL or not _is_mailbox(email)):
        raise InvalidInput.of("email", "user.email", "must be an email address such as alice@example.com")


def _is_mailbox(text: str) -> bool:
    local, at, domain = text.rpartition("@")
    return bool(local and at and domain) and text.isprintable() and " " not in text and "@" not in local


def require_another_administrator(uow: UnitOfWork, user: User) -> None:
    """Raise Conflict if the user is the last active administrator.

    A lock prevents two administrators from disabling each other at the same time.
    """
    if set(uow.users.lock_administrators()) <= {user.id}:
        raise Conflict(f"User {user.login!r} is the last administrator who can sign in.")
