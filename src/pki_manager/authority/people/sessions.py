"""Sessions of users: opened at sign-in, valid until they expire, ended by their user or an administrator."""

from __future__ import annotations

import hmac
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.current_rights import NONE, Rights, build_user_actor, find_user_rights
from pki_manager.authority.kernel.guard import find_user
from pki_manager.authority.kernel.idempotency import Done, change_once
from pki_manager.authority.kernel.secrets import create_secret, derive_csrf_token, hash_of
from pki_manager.domain.errors import Forbidden, NotFound, StorageUnavailable, Unauthenticated
from pki_manager.domain.events.people import SessionEnded, SessionRevoked
from pki_manager.domain.page import Page
from pki_manager.domain.people.session import Session, Stage
from pki_manager.domain.people.user import User, UserState
from pki_manager.domain.rights.actor import Actor, ActorKind
from pki_manager.policy import access
from pki_manager.policy.access import Permission
from pki_manager.policy.roles import SECOND_FACTOR_SETUP
from pki_manager.ports.unit_of_work import Claim, UnitOfWork

MAX_AGENT = 200
_TOUCH_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session with its user, the secret that the user's browser has, and the user's permissions."""

    session: Session
    user: User
    secret: str
    rights: Rights

    @property
    def csrf_token(self) -> str:
        return derive_csrf_token(self.secret)

    def has_csrf_token(self, token: str) -> bool:
        """Return whether a request's CSRF token belongs to this session."""
        return hmac.compare_digest(token.encode(errors="replace"), self.csrf_token.encode())


def build_session_actor(ctx: Context, signed_in: SignedIn, visitor: Actor) -> Actor:
    """Return the actor for a session: the anonymous visitor while the session waits for a second factor."""
    session = signed_in.session
    if session.stage is Stage.SECOND_FACTOR:
        return visitor
    age = ctx.ports.clock.now() - session.authenticated_at
    rights = (
        signed_in.rights if session.stage is Stage.ACTIVE else replace(signed_in.rights, grants=SECOND_FACTOR_SETUP)
    )
    return replace(build_user_actor(signed_in.user, visitor, rights), is_fresh=age < ctx.config.fresh_authentication)


def recognize(ctx: Context, secret: str, *, touch: bool = True) -> SignedIn | None:
    """Return the session with this secret, at any stage. None if it has ended or its user cannot sign in.

    With `touch`, the time of its last request is updated, which delays the end of an idle session.
    """
    now = ctx.ports.clock.now()
    with ctx.ports.storage.read() as reader:
        session = reader.sessions.find_hash(hash_of(secret))
        if session is None or not session.usable(now, ctx.config.session_idle):
            return None
        user = reader.users.get(session.user_id)
        able = find_user_rights(reader, user)
    if able is None:
        return None
    if touch and now - session.last_seen_at > _TOUCH_EVERY:
        with suppress(StorageUnavailable), ctx.ports.storage.housekeep(brief=True) as uow:  # reading goes on without
            uow.sessions.touch(session.id, now)
        session = replace(session, last_seen_at=now)
    return SignedIn(session, user, secret, able)


def open_session(
    ctx: Context,
    uow: UnitOfWork,
    user: User,
    visitor: Actor,
    *,
    stage: Stage,
    method: str,
    agent: str,
    provider_session: str | None = None,
) -> SignedIn:
    """Create a session in the caller's unit of work. Raises Unauthenticated if the user is not active."""
    now = ctx.ports.clock.now()
    secret = create_secret(ctx.ports.entropy)
    session = Session(
        id=ctx.new_id(),
        user_id=user.id,
        stage=stage,
        method=method,
        peer=visitor.peer,
        agent=agent[:MAX_AGENT],
        created_at=now,
        authenticated_at=now,
        last_seen_at=now,
        ends_at=_end(ctx, stage, now),
        revoked_at=None,
        provider_session=provider_session,
    )
    user = lock_active(uow, user.id)
    uow.sessions.add(session, hash_of(secret))
    if stage is Stage.ACTIVE:
        user = replace(user, last_sign_in_at=now)
        uow.users.set_signed_in(user.id, now)
    return SignedIn(session, user, secret, find_user_rights(uow, user) or NONE)


def lock_active(uow: UnitOfWork, user_id: UUID) -> User:
    """Lock a user and return the present values. Raises Unauthenticated if the user is not active.

    Each unit of work that opens a session, or changes how a user signs in, begins with this, so that changes by
    administrators since the request began take effect.
    """
    user = uow.users.lock(user_id)
    if user.state is not UserState.ACTIVE:
        raise Unauthenticated("The user is not active.")
    return user


def renew(
    ctx: Context,
    uow: UnitOfWork,
    signed_in: SignedIn,
    stage: Stage,
    method: str,
    provider_session: str | None = None,
) -> SignedIn:
    """Give a session a new secret, after its user authenticated.

    The end of the session stays the same, unless a sign-in is completed here. Without `provider_session`, the session
    keeps its present one. Raises Unauthenticated if the session or its user was ended since the request began, or
    another request has renewed the session.
    """
    user = lock_active(uow, signed_in.user.id)
    now = ctx.ports.clock.now()
    old = signed_in.session
    ends_at = old.ends_at if old.stage is stage else _end(ctx, stage, now)
    secret = create_secret(ctx.ports.entropy)
    session = replace(
        old,
        stage=stage,
        method=method,
        authenticated_at=now,
        last_seen_at=now,
        ends_at=ends_at,
        provider_session=provider_session or old.provider_session,
    )
    if not uow.sessions.renew(session, hash_of(signed_in.secret), hash_of(secret)):
        raise Unauthenticated("The session has ended or was renewed by another request.")
    if stage is Stage.ACTIVE and old.stage is not stage:
        uow.users.set_signed_in(user.id, now)
    return SignedIn(session, user, secret, find_user_rights(uow, user) or NONE)


def _end(ctx: Context, stage: Stage, now: datetime) -> datetime:
    config = ctx.config
    lasts = {
        Stage.SECOND_FACTOR: config.fresh_authentication,
        Stage.SECOND_FACTOR_SETUP: config.session_idle,
        Stage.ACTIVE: config.session_lifetime,
    }
    return now + lasts[stage]


def require_own_id(actor: Actor) -> UUID:
    """Return the ID of the acting user.

    Raises Forbidden for tokens and local operators, who have no account.
    """
    if actor.kind is not ActorKind.USER or actor.user_id is None:
        raise Forbidden("This operation requires a session. Sign in as a user.")
    return actor.user_id


def list_sessions(ctx: Context, actor: Actor, user: str | None, cursor: str | None, limit: int) -> Page[Session]:
    """List sessions, newest first: of all users, or of one by ID or username.

    Raises NotFound for an unknown user.
    """
    access.require(actor, Permission.SESSION_READ)
    with ctx.ports.storage.read() as reader:
        whose = None if user is None else find_user(reader, user).id
        return reader.sessions.page(whose, ctx.ports.clock.now(), cursor, limit)


def list_own(ctx: Context, actor: Actor, cursor: str | None, limit: int) -> Page[Session]:
    """List the sessions of the acting user, newest first. Empty for other actors."""
    access.require(actor, Permission.SELF_READ)
    if actor.kind is not ActorKind.USER:
        return Page((), None)
    with ctx.ports.storage.read() as reader:
        return reader.sessions.page(require_own_id(actor), ctx.ports.clock.now(), cursor, limit)


def sign_out(ctx: Context, actor: Actor, session_id: UUID) -> None:
    """End the session that the actor uses."""
    access.require(actor, Permission.SELF_UPDATE)
    with ctx.ports.storage.begin(actor) as uow:
        uow.sessions.revoke(session_id, ctx.ports.clock.now())
        uow.record(SessionEnded(object_id=str(session_id)))


def revoke_session(ctx: Context, actor: Actor, session_id: UUID, claim: Claim | None = None) -> Done[Session]:
    """End a session of any user. Can be repeated."""
    access.require(actor, Permission.SESSION_REVOKE)
    return _revoke(ctx, actor, session_id, claim)


def revoke_own(ctx: Context, actor: Actor, session_id: UUID, claim: Claim | None = None) -> Done[Session]:
    """End a session of the acting user. Can be repeated. Raises NotFound for another user's session."""
    access.require(actor, Permission.SELF_UPDATE)
    whose = require_own_id(actor)
    with ctx.ports.storage.read() as reader:
        if reader.sessions.get(session_id).user_id != whose:
            raise NotFound.of("session", str(session_id))
    return _revoke(ctx, actor, session_id, claim)


def _revoke(ctx: Context, actor: Actor, session_id: UUID, claim: Claim | None) -> Done[Session]:
    def apply(uow: UnitOfWork, now: datetime) -> None:
        session = uow.sessions.get(session_id)
        uow.sessions.revoke(session_id, now)
        uow.record(SessionRevoked(object_id=str(session_id), user=str(session.user_id)))

    return change_once(ctx, actor, claim, session_id, apply, lambda reader: reader.sessions.get(session_id))
