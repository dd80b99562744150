"""The second step of signing in, and signing in with a passkey alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.current_rights import build_user_actor
from pki_manager.authority.people import guesses, throttle
from pki_manager.authority.people.factors import (
    PasskeyAnswer,
    create_challenge,
    get_factors,
    get_relying_party,
    hash_recovery_code,
    take_challenge,
)
from pki_manager.authority.people.sessions import SignedIn, lock_active, open_session, renew
from pki_manager.authority.people.throttle import count_attempt
from pki_manager.domain.errors import Conflict, SignInFailed
from pki_manager.domain.events.audit import Outcome
from pki_manager.domain.events.people import LoginFailed, LoginSucceeded
from pki_manager.domain.people.session import Stage
from pki_manager.domain.people.user import User, UserState
from pki_manager.domain.rights.actor import Actor
from pki_manager.ports.factors import Rite
from pki_manager.ports.unit_of_work import UnitOfWork

TOTP, PASSKEY, RECOVERY_CODE = "totp", "passkey", "recovery_code"
_UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """A second factor that a user provides: exactly one member is set."""

    totp: str | None = None
    recovery_code: str | None = None
    passkey: PasskeyAnswer | None = None

    @property
    def method(self) -> str:
        return TOTP if self.totp is not None else PASSKEY if self.passkey is not None else RECOVERY_CODE


def list_offered_factors(ctx: Context, signed_in: SignedIn) -> tuple[str, ...]:
    """Return the names of the second factors that the user of the session can complete the sign-in with."""
    with ctx.ports.storage.read() as reader:
        view = get_factors(reader, signed_in.user.id)
    known = {TOTP: view.totp, PASSKEY: bool(view.passkeys), RECOVERY_CODE: view.recovery_codes > 0}
    return tuple(name for name, there in known.items() if there)


def complete_sign_in(ctx: Context, visitor: Actor, signed_in: SignedIn, proof: Proof) -> SignedIn:
    """Complete a sign-in with a second factor: the session becomes active, with a new secret.

    Raises SignInFailed for a wrong factor; TooManyAttempts if the caller must wait; Conflict if the session does not
    wait for a second factor; Unauthenticated if the user or the session was ended since the request began.
    """
    user, session = signed_in.user, signed_in.session
    if session.stage is not Stage.SECOND_FACTOR:
        raise Conflict("The session does not require a second factor.")
    tried = count_attempt(ctx, user.login, user, visitor.peer, second_factor=True)
    with ctx.ports.storage.begin(build_user_actor(user, visitor)) as uow:
        lock_active(uow, user.id)
        right = _take(ctx, uow, user, proof)
        if right:
            # The password was an attempt of its own.
            tried.succeeded(uow, ctx.ports.clock.now(), times=2)
            guesses.forget_few(ctx, uow, user.id)
            renewed = renew(ctx, uow, signed_in, Stage.ACTIVE, f"{session.method}+{proof.method}")
            uow.record(LoginSucceeded(object_id=str(user.id), session=str(session.id), method=renewed.session.method))
        else:
            uow.record(build_login_failure_event(user.id, proof.method))
            guesses.count_guess(ctx, uow, user.id)
    if not right:
        raise build_sign_in_failed()
    return renewed


def _take(ctx: Context, uow: UnitOfWork, user: User, proof: Proof) -> bool:
    if proof.totp is not None:
        return _take_code(ctx, uow, user.id, proof.totp)
    if proof.recovery_code is not None:
        return uow.factors.take_recovery_code(user.id, hash_recovery_code(ctx, proof.recovery_code))
    return proof.passkey is not None and take_passkey(ctx, uow, user.id, proof.passkey, user.id)


def _take_code(ctx: Context, uow: UnitOfWork, user_id: UUID, code: str) -> bool:
    totp = uow.factors.find_totp(user_id)
    if totp is None or totp.confirmed_at is None:
        return False
    secret = ctx.ports.factors.sealer.open(totp.sealed, user_id.bytes)
    step = ctx.ports.factors.totp.find_step(secret, code, ctx.ports.clock.now())
    return step is not None and uow.factors.take_step(user_id, step)


def take_passkey(ctx: Context, uow: UnitOfWork, user_id: UUID, answer: PasskeyAnswer, challenged: UUID | None) -> bool:
    """Return whether the response is by a passkey of the user, to an open challenge created for `challenged`."""
    tools = ctx.ports.factors.passkeys
    challenge = tools.read_challenge(answer.credential)
    passkey = uow.factors.find_passkey(tools.read_credential_id(answer.credential))
    if not take_challenge(ctx, uow, challenge, Rite.SIGN_IN, challenged):
        return False
    if passkey is None or passkey.user_id != user_id:
        return False
    count = tools.verify(get_relying_party(ctx, answer.origin), answer.credential, challenge, passkey)
    return count is not None and uow.factors.take_count(passkey, count, ctx.ports.clock.now())


def get_passkey_options(ctx: Context, visitor: Actor, signed_in: SignedIn | None, origin: str) -> dict[str, Any]:
    """Return the WebAuthn options for a passkey of the session's user; without a session, for any passkey.

    Raises TooManyAttempts if the caller must wait.
    """
    if signed_in is None:
        throttle.count_visitor(ctx, visitor.peer)
    user_id = None if signed_in is None else signed_in.user.id
    known: list[bytes] = []
    if user_id is not None:
        with ctx.ports.storage.read() as reader:
            known = [one.credential_id for one in reader.factors.list_passkeys(user_id)]
    challenge = create_challenge(ctx, Rite.SIGN_IN, user_id)
    return ctx.ports.factors.passkeys.build_assertion_options(get_relying_party(ctx, origin), known, challenge)


def sign_in_by_passkey(ctx: Context, visitor: Actor, answer: PasskeyAnswer, agent: str) -> SignedIn:
    """Sign in with a passkey, which counts as two factors: the device, and what unlocks it.

    Raises SignInFailed if the response is not by a passkey of an active user; TooManyAttempts if the caller must wait;
    InvalidInput for a malformed response.
    """
    credential_id = ctx.ports.factors.passkeys.read_credential_id(answer.credential)
    with ctx.ports.storage.read() as reader:
        passkey = reader.factors.find_passkey(credential_id)
        user = None if passkey is None else reader.users.get(passkey.user_id)
    if user is not None and user.state is not UserState.ACTIVE:
        user = None
    account = f"passkey:{credential_id.hex()}" if user is None else user.login
    tried = count_attempt(ctx, account, user, visitor.peer)
    opened: SignedIn | None = None
    with ctx.ports.storage.begin(visitor if user is None else build_user_actor(user, visitor)) as uow:
        is_active = user is not None and uow.users.lock(user.id).state is UserState.ACTIVE
        if user is not None and is_active and take_passkey(ctx, uow, user.id, answer, None):
            tried.succeeded(uow, ctx.ports.clock.now())
            throttle.forget_visits(ctx, uow, visitor.peer, times=1)
            opened = open_session(ctx, uow, user, visitor, stage=Stage.ACTIVE, method=PASSKEY, agent=agent)
            uow.record(LoginSucceeded(object_id=str(user.id), session=str(opened.session.id), method=PASSKEY))
        else:
            uow.record(build_login_failure_event(None if user is None else user.id, PASSKEY))
    if opened is None:
        raise build_sign_in_failed()
    return opened


def build_login_failure_event(user_id: UUID | None, method: str) -> LoginFailed:
    """Return the audit event of a failed sign-in."""
    whom = _UNKNOWN if user_id is None else str(user_id)
    return LoginFailed(object_id=whom, outcome=Outcome.REFUSED, reason=SignInFailed.code, method=method)


def build_sign_in_failed() -> SignInFailed:
    """Return the error of a failed sign-in, which is the same for every cause."""
    error = SignInFailed("Incorrect username, password, or second factor.")
    error.audited = True
    return error
