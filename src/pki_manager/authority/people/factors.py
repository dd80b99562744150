"""Management of second factors by their users, after recent authentication."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import urlsplit
from uuid import UUID

from pki_manager.authority.kernel import rights_gate
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.current_rights import require_may_decide
from pki_manager.authority.kernel.guard import find_user
from pki_manager.authority.kernel.idempotency import Done, change_once, run_once
from pki_manager.authority.people.sessions import SignedIn, lock_active, renew, require_own_id
from pki_manager.domain.errors import Conflict, InvalidInput, NotFound
from pki_manager.domain.events.people import (
    FactorsReset,
    PasskeyAdded,
    PasskeyRemoved,
    PasskeyRenamed,
    RecoveryCodesCreated,
    TotpEnabled,
    TotpPrepared,
    TotpRemoved,
)
from pki_manager.domain.people.factor import Passkey
from pki_manager.domain.people.session import Stage
from pki_manager.domain.people.user import User
from pki_manager.domain.rights.actor import Actor
from pki_manager.policy import access
from pki_manager.policy.access import Permission
from pki_manager.ports.factors import PasskeyCredential, RelyingParty, Rite
from pki_manager.ports.unit_of_work import Claim, Reader, UnitOfWork

CHALLENGE_VALIDITY = timedelta(minutes=5)
RECOVERY_CODES = 10
MAX_NAME = 100
_SECRET_OCTETS = 20
_CODE_OCTETS = 10
_CHALLENGE_OCTETS = 32


@dataclass(frozen=True, slots=True)
class FactorsView:
    """The second factors of a user. `recovery_codes` is the number of codes that are left."""

    totp: bool
    passkeys: Sequence[Passkey]
    recovery_codes: int

    @property
    def is_empty(self) -> bool:
        """Return whether the user has no second factor. Recovery codes do not count: they replace a lost factor."""
        return not self.totp and not self.passkeys


def get_factors(reader: Reader, user_id: UUID) -> FactorsView:
    """Return the second factors of a user."""
    totp = reader.factors.find_totp(user_id)
    confirmed = totp is not None and totp.confirmed_at is not None
    return FactorsView(confirmed, reader.factors.list_passkeys(user_id), reader.factors.count_recovery_codes(user_id))


def decide_next_stage(ctx: Context, uow: UnitOfWork, user: User) -> Stage:
    """Return the stage of a sign-in after the first factor was verified."""
    if not get_factors(uow, user.id).is_empty:
        return Stage.SECOND_FACTOR
    return Stage.SECOND_FACTOR_SETUP if _must_have_one(ctx, uow, user) else Stage.ACTIVE


def _must_have_one(ctx: Context, uow: UnitOfWork, user: User) -> bool:
    return not ctx.config.second_factor_roles.isdisjoint((user.role, *uow.roles.list_assigned(user.id)))


def show_own(ctx: Context, actor: Actor) -> FactorsView:
    """Return the second factors of the acting user."""
    access.require(actor, Permission.SELF_UPDATE)
    with ctx.ports.storage.read() as reader:
        return get_factors(reader, require_own_id(actor))


@dataclass(frozen=True, slots=True)
class PreparedTotp:
    """A new TOTP secret, returned once. `secret` is Base32; `picture` is `uri` as a QR code (SVG)."""

    secret: str
    uri: str
    picture: str


def prepare_totp(ctx: Context, actor: Actor) -> PreparedTotp:
    """Create a TOTP secret, which becomes active when the user enters its first right code.

    Raises Conflict if a TOTP secret is active.
    """
    access.require(actor, Permission.SELF_SECURE)
    user_id = require_own_id(actor)
    secret = ctx.ports.entropy.token(_SECRET_OCTETS)
    sealed = ctx.ports.factors.sealer.seal(secret, user_id.bytes)
    with ctx.ports.storage.begin(actor) as uow:
        lock_active(uow, user_id)
        if not uow.factors.offer_totp(user_id, sealed):
            raise Conflict("One-time codes are already set up. Remove them first.")
        uow.record(TotpPrepared(object_id=str(user_id)))
    uri = ctx.ports.factors.totp.build_uri(secret, actor.name)
    return PreparedTotp(base64.b32encode(secret).decode(), uri, ctx.ports.factors.totp.draw_qr_code(uri))


def confirm_totp(ctx: Context, actor: Actor, signed_in: SignedIn, code: str) -> SignedIn:
    """Activate the TOTP secret with a code from the authenticator app.

    Raises Conflict if there is no secret to confirm; InvalidInput for a wrong code.
    """
    access.require(actor, Permission.SELF_SECURE)
    user_id, now = require_own_id(actor), ctx.ports.clock.now()
    with ctx.ports.storage.begin(actor) as uow:
        lock_active(uow, user_id)
        totp = uow.factors.find_totp(user_id)
        if totp is None or totp.confirmed_at is not None:
            raise Conflict("There is no new TOTP secret to confirm. Set up the authenticator app first.")
        secret = ctx.ports.factors.sealer.open(totp.sealed, user_id.bytes)
        step = ctx.ports.factors.totp.find_step(secret, code, now)
        if step is None:
            raise InvalidInput.of("code", "totp.code", "is not the current code of the authenticator app")
        if not uow.factors.confirm_totp(user_id, totp.sealed, step, now):
            raise Conflict("There is no new TOTP secret to confirm. Set up the authenticator app first.")
        renewed = renew(ctx, uow, signed_in, Stage.ACTIVE, signed_in.session.method)
        uow.record(TotpEnabled(object_id=str(user_id)))
    return renewed


def remove_totp(ctx: Context, actor: Actor) -> None:
    """Remove the TOTP secret.

    Raises Conflict if there is none, or if it is the last second factor of a user who must have one.
    """
    access.require(actor, Permission.SELF_SECURE)
    user_id = require_own_id(actor)
    with ctx.ports.storage.begin(actor) as uow:
        lock_active(uow, user_id)
        if not uow.factors.remove_totp(user_id):
            raise Conflict("The authenticator app is not set up.")
        _require_enough(ctx, uow, user_id)
        uow.record(TotpRemoved(object_id=str(user_id)))


def create_recovery_codes(ctx: Context, actor: Actor) -> tuple[str, ...]:
    """Replace the user's recovery codes and return the new ones, which are returned only once.

    Raises Conflict if the user has no second factor that they could replace.
    """
    access.require(actor, Permission.SELF_SECURE)
    user_id = require_own_id(actor)
    codes = tuple(_new_code(ctx) for _ in range(RECOVERY_CODES))
    with ctx.ports.storage.begin(actor) as uow:
        lock_active(uow, user_id)
        if get_factors(uow, user_id).is_empty:
            raise Conflict("Recovery codes require a second factor. Set up an authenticator app or a passkey first.")
        uow.factors.put_recovery_codes(user_id, [hash_recovery_code(ctx, code) for code in codes])
        uow.record(RecoveryCodesCreated(object_id=str(user_id), count=len(codes)))
    return codes


def _new_code(ctx: Context) -> str:
    """Return a recovery code: 80 bits in four groups of four characters."""
    text = base64.b32encode(ctx.ports.entropy.token(_CODE_OCTETS)).decode().lower()
    return "-".join(text[start : start + 4] for start in range(0, len(text), 4))


def hash_recovery_code(ctx: Context, code: str) -> bytes:
    """Return the keyed hash of a recovery code. Case and separators do not matter."""
    plain = "".join(code.lower().replace("-", "").split())
    return hmac.digest(ctx.config.audit_mac_key, b"recovery\0" + plain.encode(errors="replace"), "sha256")


def get_relying_party(ctx: Context, origin: str) -> RelyingParty:
    """Return the WebAuthn relying party: the host of `public_url`.

    It accepts the origin of `public_url`, and `origin` if that is configured.
    """
    public = urlsplit(ctx.config.public_url)
    host = public.hostname or "localhost"
    is_own = origin.lower() in ctx.config.origins and urlsplit(origin).hostname == host
    own = (origin,) if is_own else ()
    return RelyingParty(host, (f"{public.scheme}://{public.netloc}", *own))


def begin_passkey(ctx: Context, actor: Actor, origin: str) -> dict[str, Any]:
    """Return the WebAuthn options for registering a passkey, valid for five minutes."""
    access.require(actor, Permission.SELF_SECURE)
    user_id = require_own_id(actor)
    with ctx.ports.storage.read() as reader:
        user, known = reader.users.get(user_id), reader.factors.list_passkeys(user_id)
    challenge = create_challenge(ctx, Rite.REGISTER, user_id)
    party = get_relying_party(ctx, origin)
    return ctx.ports.factors.passkeys.build_registration_options(
        party, user, [one.credential_id for one in known], challenge
    )


def create_challenge(ctx: Context, rite: Rite, user_id: UUID | None) -> bytes:
    """Store and return a new WebAuthn challenge for a registration or sign-in."""
    challenge = ctx.ports.entropy.token(_CHALLENGE_OCTETS)
    with ctx.ports.storage.housekeep() as uow:
        expires = ctx.ports.clock.now() + CHALLENGE_VALIDITY
        uow.factors.add_challenge(hashlib.sha256(challenge).digest(), rite, user_id, expires)
    return challenge


def take_challenge(ctx: Context, uow: UnitOfWork, challenge: bytes, rite: Rite, user_id: UUID | None) -> bool:
    """Delete a challenge. Returns whether it was valid for that user and purpose."""
    return uow.factors.take_challenge(hashlib.sha256(challenge).digest(), rite, user_id, ctx.ports.clock.now())


@dataclass(frozen=True, slots=True)
class PasskeyAnswer:
    """The response of an authenticator (WebAuthn's `toJSON`), and the origin of the page that requested it."""

    credential: Mapping[str, Any]
    origin: str


class AddedPasskey(NamedTuple):
    """A new passkey, and the session of the user, whose secret has changed."""

    passkey: Passkey
    session: SignedIn


def add_passkey(
    ctx: Context, actor: Actor, signed_in: SignedIn, name: str, answer: PasskeyAnswer, claim: Claim | None = None
) -> Done[AddedPasskey]:
    """Register a passkey.

    Raises InvalidInput for a wrong response, or a response to a challenge that is not open; Conflict if the passkey is
    already registered; NotFound if a repeated request names a passkey that was removed since.
    """
    access.require(actor, Permission.SELF_SECURE)
    _require_name(name)
    user_id, tools = require_own_id(actor), ctx.ports.factors.passkeys
    challenge = tools.read_challenge(answer.credential)
    made = tools.register(get_relying_party(ctx, answer.origin), answer.credential, challenge)

    def work() -> AddedPasskey:
        passkey = _build_passkey(ctx, user_id, name, made)
        with ctx.ports.storage.begin(actor) as uow:
            if claim is not None:
                uow.idempotency.claim(actor.id, claim, passkey.id, passkey.created_at)
            if not take_challenge(ctx, uow, challenge, Rite.REGISTER, user_id):
                raise InvalidInput.of("credential", "passkey.challenge", "is not the response to an open challenge")
            uow.factors.add_passkey(passkey)
            renewed = renew(ctx, uow, signed_in, Stage.ACTIVE, signed_in.session.method)
            uow.record(PasskeyAdded(object_id=str(passkey.id), user=str(user_id), name=name))
        return AddedPasskey(passkey, renewed)

    def again(passkey_id: UUID) -> AddedPasskey:
        with ctx.ports.storage.read() as reader:
            mine = {one.id: one for one in reader.factors.list_passkeys(user_id)}
        if passkey_id not in mine:
            raise NotFound.of("passkey", str(passkey_id))
        return AddedPasskey(mine[passkey_id], signed_in)

    return run_once(ctx, actor, claim, work, again)


def _build_passkey(ctx: Context, user_id: UUID, name: str, made: PasskeyCredential) -> Passkey:
    return Passkey(
        id=ctx.new_id(),
        user_id=user_id,
        credential_id=made.credential_id,
        public_key=made.public_key,
        sign_count=made.sign_count,
        name=name,
        created_at=ctx.ports.clock.now(),
        last_used_at=None,
    )


def rename_passkey(ctx: Context, actor: Actor, passkey_id: UUID, name: str) -> Passkey:
    """Rename a passkey of the user. Raises NotFound if the user has no passkey with this ID."""
    access.require(actor, Permission.SELF_UPDATE)
    _require_name(name)
    user_id = require_own_id(actor)
    with ctx.ports.storage.begin(actor) as uow:
        uow.factors.rename_passkey(user_id, passkey_id, name)
        uow.record(PasskeyRenamed(object_id=str(passkey_id), user=str(user_id), name=name))
        return next(one for one in uow.factors.list_passkeys(user_id) if one.id == passkey_id)


def remove_passkey(ctx: Context, actor: Actor, passkey_id: UUID) -> None:
    """Remove a passkey of the user.

    Raises NotFound if the user has no passkey with this ID; Conflict for the last second factor of a user who must have
    one, and for the user's last way to sign in.
    """
    access.require(actor, Permission.SELF_SECURE)
    user_id = require_own_id(actor)
    with ctx.ports.storage.begin(actor) as uow:
        lock_active(uow, user_id)
        uow.factors.remove_passkey(user_id, passkey_id)
        _require_enough(ctx, uow, user_id)
        uow.record(PasskeyRemoved(object_id=str(passkey_id), user=str(user_id)))


def reset_factors(ctx: Context, actor: Actor, id_or_login: str, claim: Claim | None = None) -> Done[User]:
    """Remove all second factors of a user who lost them, and end the user's sessions.

    Raises NotFound for an unknown user; Forbidden for a user with permissions that the actor lacks.
    """
    access.require(actor, Permission.USER_MANAGE)

    def chosen(reader: Reader) -> User:
        found = find_user(reader, id_or_login)
        require_may_decide(reader, actor, found)
        return found

    with ctx.ports.storage.read() as reader:
        user = chosen(reader)
    user_id = user.id

    def apply(uow: UnitOfWork, now: datetime) -> None:
        uow.users.lock(user_id)
        chosen(uow)
        uow.factors.remove_all(user_id)
        uow.sessions.revoke_all(user_id, now)
        uow.record(FactorsReset(object_id=str(user_id)))

    act = rights_gate.build_operation("reset-factors", "user", str(user_id), login=user.login)
    return change_once(ctx, actor, claim, user_id, apply, lambda reader: reader.users.get(user_id), act)


def _require_enough(ctx: Context, uow: UnitOfWork, user_id: UUID) -> None:
    """Raise Conflict if a user without second factors must have one or could no longer sign in.

    Called in the unit of work that removes a factor.
    """
    if not get_factors(uow, user_id).is_empty:
        return
    if _must_have_one(ctx, uow, uow.users.get(user_id)):
        raise Conflict("Your role requires a second factor. Set up another one first.")
    if uow.users.find_password_hash(user_id) is None:
        raise Conflict("The passkey is your only way to sign in. Choose a password first.")


def _require_name(name: str) -> None:
    if not name.strip() or len(name) > MAX_NAME or not name.isprintable():
        raise InvalidInput.of("name", "passkey.name", f"must have 1 to {MAX_NAME} printable characters")
