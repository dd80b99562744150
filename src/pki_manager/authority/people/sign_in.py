"""Signing in, re-authentication, and changing the password.

An unknown user and a wrong password cause the same response after the same time: in both cases, the server hashes,
stores, and returns the same.
"""

from __future__ import annotations

from uuid import UUID

from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.current_rights import build_user_actor
from pki_manager.authority.people import guesses
from pki_manager.authority.people.factors import PasskeyAnswer, decide_next_stage
from pki_manager.authority.people.second_step import (
    PASSKEY,
    build_login_failure_event,
    build_sign_in_failed,
    take_passkey,
)
from pki_manager.authority.people.sessions import SignedIn, lock_active, open_session, renew, require_own_id
from pki_manager.authority.people.throttle import Attempt, count_attempt
from pki_manager.authority.rights import tokens
from pki_manager.domain.events.people import (
    LoginBegun,
    LoginSucceeded,
    PasswordChanged,
    SessionReauthenticated,
    UserSignedOut,
)
from pki_manager.domain.people.session import Stage
from pki_manager.domain.people.user import User, UserState, normalize_login
from pki_manager.domain.rights.actor import Actor
from pki_manager.policy import access
from pki_manager.policy.access import Permission
from pki_manager.policy.passwords import MAXIMUM, normalize_password, require_good
from pki_manager.ports.unit_of_work import UnitOfWork

PASSWORD = "password"


def sign_in(ctx: Context, visitor: Actor, login: str, password: str, agent: str) -> SignedIn:
    """Open a session for a user with this password. A user with a second factor must provide it next.

    Raises SignInFailed if the username or the password is wrong; TooManyAttempts if the caller must wait.
    """
    name = normalize_login(login)
    user, phc = _account(ctx, name)
    tried = count_attempt(ctx, name, user, visitor.peer)
    _require_password(ctx, visitor, user, phc, password)
    if user is None or phc is None:
        raise build_sign_in_failed()
    rehashed = ctx.ports.passwords.hash(normalize_password(password)) if ctx.ports.passwords.is_outdated(phc) else None
    opened: SignedIn | None = None
    with ctx.ports.storage.begin(build_user_actor(user, visitor)) as uow:
        if _still_opens(uow, user.id, phc):
            if rehashed is not None:
                uow.users.set_password(user.id, rehashed)
            opened = _open(ctx, uow, user.id, visitor, tried, agent)
        else:
            uow.record(build_login_failure_event(user.id, PASSWORD))
    if opened is None:
        raise build_sign_in_failed()
    return opened


def _open(ctx: Context, uow: UnitOfWork, user_id: UUID, visitor: Actor, tried: Attempt, agent: str) -> SignedIn:
    user = uow.users.get(user_id)
    stage = decide_next_stage(ctx, uow, user)
    opened = open_session(ctx, uow, user, visitor, stage=stage, method=PASSWORD, agent=agent)
    event: type[LoginSucceeded | LoginBegun] = LoginSucceeded
    if stage is Stage.SECOND_FACTOR:
        # Not yet a success: otherwise anyone who knows the password could guess at the second factor without end.
        event = LoginBegun
    else:
        tried.succeeded(uow, ctx.ports.clock.now())
    uow.record(event(object_id=str(user_id), session=str(opened.session.id), method=PASSWORD))
    return opened


def _still_opens(uow: UnitOfWork, user_id: UUID, phc: str) -> bool:
    """Lock the user, and return whether they are active and still have the verified password hash."""
    return uow.users.lock(user_id).state is UserState.ACTIVE and uow.users.find_password_hash(user_id) == phc


def reauthenticate(ctx: Context, actor: Actor, signed_in: SignedIn, proof: str | PasskeyAnswer) -> SignedIn:
    """Renew a session after its user entered the password or used a passkey.

    Raises SignInFailed if the proof is wrong; TooManyAttempts if the caller must wait.
    """
    access.require(actor, Permission.SELF_UPDATE)
    user_id = signed_in.user.id
    method = PASSWORD if isinstance(proof, str) else PASSKEY
    if isinstance(proof, str):
        tried, phc = _prove_again(ctx, actor, user_id, proof)
    else:
        tried, phc = count_attempt(ctx, signed_in.user.login, signed_in.user, actor.peer), ""
    with ctx.ports.storage.begin(actor) as uow:
        if isinstance(proof, str):
            right = _still_opens(uow, user_id, phc)
        else:
            lock_active(uow, user_id)
            right = take_passkey(ctx, uow, user_id, proof, user_id)
        if right:
            tried.succeeded(uow, ctx.ports.clock.now())
            renewed = renew(ctx, uow, signed_in, signed_in.session.stage, signed_in.session.method)
            uow.record(SessionReauthenticated(object_id=str(renewed.session.id), method=method))
        else:
            uow.record(build_login_failure_event(user_id, method))
    if not right:
        raise build_sign_in_failed()
    return renewed


def change_password(
    ctx: Context, actor: Actor, signed_in: SignedIn, current: str, new: str, *, revoke_tokens: bool = False
) -> SignedIn:
    """Change the password. The user's other sessions and invitations end; this session gets a new secret.

    With `revoke_tokens`, the user's API tokens and EAB keys are revoked too. Raises SignInFailed if `current` is wrong
    or was changed since; TooManyAttempts if the caller must wait; InvalidInput for a weak password.
    """
    access.require(actor, Permission.SELF_UPDATE)
    user = signed_in.user
    good = require_good(new, "new_password", user.login, user.display_name, user.email or "")
    tried, verified = _prove_again(ctx, actor, user.id, current)
    phc = ctx.ports.passwords.hash(good)
    renewed: SignedIn | None = None
    with ctx.ports.storage.begin(actor) as uow:
        if _still_opens(uow, user.id, verified):
            tried.succeeded(uow, ctx.ports.clock.now())
            now = ctx.ports.clock.now()
            uow.users.set_password(user.id, phc)
            guesses.forget(ctx, uow, user.id)
            uow.users.end_invitations(user.id, now)
            uow.sessions.revoke_all(user.id, now, but=signed_in.session.id)
            renewed = renew(ctx, uow, signed_in, signed_in.session.stage, signed_in.session.method)
            uow.record(PasswordChanged(object_id=str(user.id)))
            if revoke_tokens:
                tokens.revoke_own(uow, user, now)
        else:
            uow.record(build_login_failure_event(user.id, PASSWORD))
    if renewed is None:
        raise build_sign_in_failed()
    ctx.state.tokens.forget()
    return renewed


def sign_out_everywhere(ctx: Context, actor: Actor, *, revoke_tokens: bool = False) -> None:
    """End all sessions of the acting user.

    With `revoke_tokens`, their API tokens and EAB keys are revoked too.
    """
    access.require(actor, Permission.SELF_UPDATE)
    user_id, now = require_own_id(actor), ctx.ports.clock.now()
    with ctx.ports.storage.begin(actor) as uow:
        user = lock_active(uow, user_id)
        uow.sessions.revoke_all(user_id, now)
        uow.record(UserSignedOut(object_id=str(user_id)))
        if revoke_tokens:
            tokens.revoke_own(uow, user, now)
    ctx.state.tokens.forget()


def _account(ctx: Context, name: str) -> tuple[User | None, str | None]:
    """Return the active user with this username, and the hash of their password. Each is None if it does not exist."""
    with ctx.ports.storage.read() as reader:
        user = reader.users.find_login(name)
        if user is None or user.state is not UserState.ACTIVE:
            return None, None
        return user, reader.users.find_password_hash(user.id)


def _prove_again(ctx: Context, actor: Actor, user_id: UUID, password: str) -> tuple[Attempt, str]:
    """Verify a user's password again. Returns the counted attempt, and the hash that the password matched.

    Raises SignInFailed if the password is wrong; TooManyAttempts if the caller must wait.
    """
    with ctx.ports.storage.read() as reader:
        user, phc = reader.users.get(user_id), reader.users.find_password_hash(user_id)
    tried = count_attempt(ctx, user.login, user, actor.peer)
    _require_password(ctx, actor, user, phc, password)
    return tried, phc or ""


def _require_password(ctx: Context, actor: Actor, user: User | None, phc: str | None, password: str) -> None:
    """Record an audit event and raise SignInFailed if the password does not match the hash."""
    # A longer text than any valid password never matches, and costs no more to check.
    if ctx.ports.passwords.verify(normalize_password(password[: MAXIMUM + 1]), phc):
        return
    with ctx.ports.storage.begin(actor) as uow:
        uow.record(build_login_failure_event(None if user is None else user.id, PASSWORD))
    raise build_sign_in_failed()
