"""Invitation links: a new user, or one who lost the password, sets a password with a one-time link."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from pki_manager.authority.kernel import rights_gate
from pki_manager.authority.kernel.approval_gate import Act
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.current_rights import build_user_actor
from pki_manager.authority.kernel.delegation import require_user_covered
from pki_manager.authority.kernel.guard import find_user
from pki_manager.authority.kernel.idempotency import Done, run_once
from pki_manager.authority.kernel.secrets import create_secret, hash_of
from pki_manager.authority.people import guesses
from pki_manager.authority.people.factors import decide_next_stage
from pki_manager.authority.people.sessions import SignedIn, open_session
from pki_manager.authority.signing.status_urls import require_equal_setting
from pki_manager.domain.errors import Conflict, SignInFailed
from pki_manager.domain.events.audit import AuditEvent
from pki_manager.domain.events.people import InvitationAccepted, UserCreated, UserInvited
from pki_manager.domain.people.user import User, UserState
from pki_manager.domain.rights.actor import Actor, Role
from pki_manager.policy import access
from pki_manager.policy.access import Permission
from pki_manager.policy.passwords import require_good
from pki_manager.ports.people import Invitation
from pki_manager.ports.unit_of_work import Claim, Reader, UnitOfWork

FIRST_LOGIN = "admin"
FIRST_VALIDITY = timedelta(hours=1)
_PAGE = "/welcome"


@dataclass(frozen=True, slots=True)
class InvitationLink:
    """An invitation link. `url` is returned only once: it is None for a repeated request.

    The secret of the link is in the fragment of the URL, which browsers do not send.
    """

    url: str | None
    expires_at: datetime | None


def create_link(
    ctx: Context, uow: UnitOfWork, actor: Actor, user_id: UUID, validity: timedelta | None = None
) -> InvitationLink:
    """Create an invitation link in the caller's unit of work. Earlier links of the user become invalid.

    Raises Conflict if `public_url` differs between this process and the running server.
    """
    require_equal_setting(ctx, "public_url")
    now = ctx.ports.clock.now()
    secret = create_secret(ctx.ports.entropy)
    invitation = Invitation(
        id=ctx.new_id(),
        user_id=user_id,
        created_by=actor.id,
        created_at=now,
        expires_at=now + (validity or ctx.config.invitation_validity),
    )
    uow.users.add_invitation(invitation, hash_of(secret))
    return InvitationLink(f"{ctx.config.public_url}{_PAGE}#{secret}", invitation.expires_at)


def invite(ctx: Context, actor: Actor, id_or_login: str, claim: Claim | None = None) -> Done[InvitationLink]:
    """Create a new invitation link for a user who lost the old one or the password.

    Raises NotFound for an unknown user; Conflict for a disabled user; Forbidden for a user with permissions that the
    actor lacks.
    """
    access.require(actor, Permission.USER_MANAGE)

    def invited(reader: Reader) -> User:
        user = find_user(reader, id_or_login)
        if user.state is UserState.DISABLED:
            raise Conflict(f"User {user.login!r} is disabled. Enable the user first.")
        require_user_covered(reader, actor, user)
        return user

    def act(reader: Reader) -> Act:
        user = invited(reader)
        roles = rights_gate.build_roles_body(reader, reader.roles.list_assigned(user.id))
        about = {"login": user.login, "role": user.role.value}
        return rights_gate.build_operation("invite", "user", str(user.id), **about, custom_roles=roles)

    def work() -> InvitationLink:
        permit = rights_gate.ask(ctx, actor, act)
        now = ctx.ports.clock.now()
        with ctx.ports.storage.begin(actor) as uow:
            permit.use(uow, now)
            uow.users.lock(invited(uow).id)
            user = invited(uow)
            if claim is not None:
                uow.idempotency.claim(actor.id, claim, user.id, now)
            link = create_link(ctx, uow, actor, user.id)
            uow.record(UserInvited(object_id=str(user.id)))
        return link

    return run_once(ctx, actor, claim, work, lambda _: InvitationLink(None, None))


def create_first_administrator(ctx: Context, actor: Actor) -> InvitationLink:
    """Create the first administrator, with an invitation link that is valid for an hour.

    If the administrator exists but has never signed in, the old link is replaced, because it may be lost. Raises
    Conflict once any user has signed in.
    """
    with ctx.ports.storage.begin(actor) as uow:
        user = uow.users.find(FIRST_LOGIN)
        if user is None and uow.users.is_empty():
            user = _first(ctx, actor)
            uow.users.add(user)
            event: AuditEvent = UserCreated(object_id=str(user.id), login=user.login, role=user.role)
        elif user is None or user.state is not UserState.INVITED:
            raise Conflict("The installation already has a user who has signed in.")
        else:
            event = UserInvited(object_id=str(user.id))
        link = create_link(ctx, uow, actor, user.id, FIRST_VALIDITY)
        uow.record(event)
    return link


def _first(ctx: Context, actor: Actor) -> User:
    return User(
        id=ctx.new_id(),
        login=FIRST_LOGIN,
        display_name="Administrator",
        email=None,
        state=UserState.INVITED,
        role=Role.ADMINISTRATOR,
        created_by=actor.id,
        created_at=ctx.ports.clock.now(),
        last_sign_in_at=None,
    )


@dataclass(frozen=True, slots=True)
class OpenInvitation:
    """The username (`login`) and `display_name` of the user that a link is for."""

    login: str
    display_name: str
    expires_at: datetime


def check(ctx: Context, secret: str) -> OpenInvitation:
    """Return the user that a link is for. The link stays valid.

    Raises SignInFailed if the link is unknown, expired, or used, or if its user is disabled.
    """
    invitation, user = _find_invited(ctx, secret)
    return OpenInvitation(user.login, user.display_name, invitation.expires_at)


def accept(ctx: Context, visitor: Actor, secret: str, password: str, agent: str) -> SignedIn:
    """Set the password of the link's user, and sign the user in. Other sessions end; the link becomes invalid.

    Raises SignInFailed if the link is unknown, expired, or used, or if its user is disabled; InvalidInput for a weak
    password.
    """
    now = ctx.ports.clock.now()
    _, user = _find_invited(ctx, secret)
    phc = ctx.ports.passwords.hash(require_good(password, "password", user.login, user.display_name, user.email or ""))
    with ctx.ports.storage.begin(build_user_actor(user, visitor)) as uow:
        active = use_invitation(uow, user.id, hash_of(secret), now)
        if active is None:
            raise _no_such_link()
        user = active
        uow.users.set_password(user.id, phc)
        guesses.forget(ctx, uow, user.id)
        stage = decide_next_stage(ctx, uow, user)
        opened = open_session(ctx, uow, user, visitor, stage=stage, method="link", agent=agent)
        uow.record(InvitationAccepted(object_id=str(user.id), session=str(opened.session.id)))
    return opened


def _find_invited(ctx: Context, secret: str) -> tuple[Invitation, User]:
    with ctx.ports.storage.read() as reader:
        invitation = reader.users.find_invitation(hash_of(secret), ctx.ports.clock.now())
        if invitation is None:
            raise _no_such_link()
        user = reader.users.get(invitation.user_id)
    if user.state is UserState.DISABLED:
        raise _no_such_link()
    return invitation, user


def use_invitation(uow: UnitOfWork, user_id: UUID, secret_sha256: bytes, now: datetime) -> User | None:
    """Mark an invitation as used: its user becomes active, and earlier sessions of the user end.

    Returns None if the invitation is no longer valid, or its user is disabled.
    """
    user = uow.users.lock(user_id)
    if user.state is UserState.DISABLED or uow.users.use_invitation(secret_sha256, now) is None:
        return None
    uow.users.set_state(user.id, UserState.ACTIVE)
    uow.sessions.revoke_all(user.id, now)
    return replace(user, state=UserState.ACTIVE)


def _no_such_link() -> SignInFailed:
    return SignInFailed(
        "This invitation link is invalid, expired, or already used. Ask an administrator for a new one."
    )
