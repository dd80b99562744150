"""Sign-in of command lines by device code (RFC 8628): the user confirms a short code in the web UI.

Anyone can begin a sign-in, so their number is limited. Only hashes of the codes are stored. The token is created when
the user approves; its secret is created when the command line fetches it, so that it is never stored.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.idempotency import Done, change_once
from pki_manager.authority.kernel.secrets import create_letters, create_secret, hash_of
from pki_manager.authority.people import throttle
from pki_manager.authority.people.sessions import require_own_id
from pki_manager.authority.rights.tokens import Narrowing, draft_token, format_prefix
from pki_manager.domain.duration import Duration
from pki_manager.domain.errors import (
    AuthorizationPending,
    Conflict,
    DeviceAccessDenied,
    DeviceCodeExpired,
    InvalidInput,
    NotFound,
    SlowDown,
    TooManyAttempts,
)
from pki_manager.domain.events.rights import DeviceSignInApproved, DeviceSignInCompleted, DeviceSignInDenied
from pki_manager.domain.people.device import (
    MAX_HOST,
    USER_CODE_ALPHABET,
    USER_CODE_LENGTH,
    DeviceClient,
    DeviceSignIn,
    DeviceState,
    format_user_code,
    normalize_user_code,
)
from pki_manager.domain.rights.actor import Actor
from pki_manager.domain.rights.token import PREFIX, Token
from pki_manager.policy import access
from pki_manager.policy.access import Permission
from pki_manager.policy.throttle import get_network
from pki_manager.ports.unit_of_work import Claim, Reader, UnitOfWork

PAGE = "/device"
"""Path of the page of the web UI where a user enters the code."""

VALIDITY = timedelta(minutes=10)
INTERVAL = 3
"""Seconds between two polls of a command line."""

MAX_INTERVAL = 60
"""Longest interval, to which polls that come too early extend it, by five seconds each (RFC 8628 §3.5)."""

MAX_OPEN = 1000
"""Most sign-ins that are stored at a time."""

MAX_OPEN_OF_NETWORK = 20
"""Most sign-ins of one network that are stored at a time."""

_SLOWER = 5
_EARLY = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class DeviceCodes:
    """A new sign-in: the secret that the command line polls with, and the code and address that it shows."""

    device_code: str = field(repr=False)
    user_code: str
    verification_uri: str
    expires_in: int
    interval: int


@dataclass(frozen=True, slots=True)
class DeliveredToken:
    """A token with its secret, which is returned only this once. `expires_in` is in seconds."""

    token: Token
    secret: str = field(repr=False)
    expires_in: int


def begin(ctx: Context, visitor: Actor, client: DeviceClient) -> DeviceCodes:
    """Begin a sign-in.

    Raises InvalidInput for an invalid client; TooManyAttempts if too many sign-ins wait; Conflict if the random code is
    in use.
    """
    _require_valid(client)
    device_code = create_secret(ctx.ports.entropy)
    user_code = create_letters(ctx.ports.entropy, USER_CODE_ALPHABET, USER_CODE_LENGTH)
    with ctx.ports.storage.housekeep() as uow:
        now = ctx.ports.clock.now()
        one = DeviceSignIn(
            id=ctx.new_id(),
            client=client,
            peer=visitor.peer,
            network=get_network(visitor.peer).narrow,
            state=DeviceState.PENDING,
            interval=INTERVAL,
            created_at=now,
            expires_at=now + VALIDITY,
        )
        _require_room(ctx, uow, one.network, now)
        if not uow.devices.add(one, hash_of(device_code), _user_code_mac(ctx, user_code)):
            raise Conflict("The code already exists. Try again.")
    return DeviceCodes(
        device_code,
        format_user_code(user_code),
        f"{ctx.config.public_url}{PAGE}",
        int(VALIDITY.total_seconds()),
        INTERVAL,
    )


def _require_valid(client: DeviceClient) -> None:
    for name, text in (("client_id", client.client_id), ("host", client.host)):
        if not text.strip() or len(text) > MAX_HOST or not text.isprintable():
            raise InvalidInput.of(name, "device.text", f"must have 1 to {MAX_HOST} printable characters")
    if client.lifetime is not None:
        Duration.parse(client.lifetime, "expires")


def _require_room(ctx: Context, uow: UnitOfWork, network: str, now: datetime) -> None:
    throttle.lock_device_sign_ins(ctx, uow)
    uow.devices.prune(now)
    if uow.devices.count(network) >= MAX_OPEN_OF_NETWORK or uow.devices.count() >= MAX_OPEN:
        wait = int(VALIDITY.total_seconds() // 10)
        raise TooManyAttempts(f"Too many sign-ins by device code are waiting. Retry in {wait} s.", retry_after=wait)


def redeem(ctx: Context, visitor: Actor, device_code: str) -> DeliveredToken:
    """Return the token of a sign-in that a user approved. Works once.

    Raises AuthorizationPending while the user has not decided, SlowDown if the command line polls too often;
    DeviceAccessDenied if the user denied it or revoked the token; DeviceCodeExpired if the code is not valid.
    """
    now, device_sha256 = ctx.ports.clock.now(), hash_of(device_code)
    with ctx.ports.storage.read() as reader:
        found = reader.devices.find_device_code(device_sha256, now)
    if found is None or found.state is DeviceState.COMPLETED:
        raise DeviceCodeExpired("The device code has expired or was used. Sign in again.")
    if found.state is DeviceState.DENIED:
        raise DeviceAccessDenied("The user denied the sign-in.")
    if found.state is DeviceState.PENDING:
        raise _pace(ctx, found, now)
    secret = PREFIX + create_secret(ctx.ports.entropy)
    with ctx.ports.storage.begin(visitor) as uow:
        taken = uow.devices.complete(device_sha256, now)
        if taken is None or taken.token_id is None:
            raise DeviceCodeExpired("The device code has expired or was used. Sign in again.")
        token = uow.tokens.get(taken.token_id)
        secrets = hash_of(secret), format_prefix(secret)
        if not token.usable(now) or not uow.tokens.rotate(token.id, *secrets, now, token.created_by, now):
            raise DeviceAccessDenied("The token of this sign-in was revoked or has expired.")
        uow.record(DeviceSignInCompleted(object_id=str(token.id), owner=token.owner_id, host=taken.client.host))
        token = uow.tokens.get(token.id)
    return DeliveredToken(token, secret, int((token.expires_at - now).total_seconds()))


def _pace(ctx: Context, found: DeviceSignIn, now: datetime) -> AuthorizationPending:
    """Return the error of a sign-in that waits, and store the poll unless the client is at the longest interval."""
    early = found.polled_at is not None and now - found.polled_at < timedelta(seconds=found.interval) - _EARLY
    interval = min(found.interval + _SLOWER, MAX_INTERVAL) if early else found.interval
    if not early or interval != found.interval:
        with ctx.ports.storage.housekeep() as uow:
            uow.devices.set_polled(found.id, interval, now)
    waits = AuthorizationPending("The user has not confirmed the code yet.", retry_after=interval)
    if early:
        waits = SlowDown(f"The client polls too often. Poll every {interval} s.", retry_after=interval)
    waits.audited = True  # not a refusal: polls are not recorded
    return waits


def show(ctx: Context, actor: Actor, user_code: str) -> DeviceSignIn:
    """Return the sign-in with this user code.

    Raises NotFound if no sign-in waits for it; TooManyAttempts after too many wrong codes.
    """
    access.require(actor, Permission.SELF_UPDATE)
    user_id = require_own_id(actor)
    throttle.count_user_code(ctx, user_id)
    with ctx.ports.storage.read() as reader:
        found = _find(ctx, reader, user_code)
    if found is None:
        raise NotFound("No sign-in waits for this code. Compare it with the command line, or start again there.")
    throttle.forget_user_codes(ctx, user_id)
    return found


def approve(
    ctx: Context, actor: Actor, user_code: str, role: str, lifetime: Duration, claim: Claim | None = None
) -> Done[DeviceSignIn]:
    """Approve the sign-in with this user code, which creates a token of the acting user.

    Only a user in a session can do this. Raises Conflict if the sign-in was decided before. Other errors as `show` and
    `create_token`.
    """
    access.require_somewhere(actor, Permission.TOKEN_CREATE)
    found = show(ctx, actor, user_code)

    def apply(uow: UnitOfWork, now: datetime) -> None:
        name = f"{found.client.client_id} on {found.client.host}"[:100]
        token, secret = draft_token(ctx, uow, actor, name, role, lifetime, Narrowing())
        uow.tokens.add(token, hash_of(secret))
        _decide(uow, found, DeviceState.APPROVED, token.id, now)
        uow.record(
            DeviceSignInApproved(
                object_id=str(token.id),
                name=name,
                role=role,
                owner=token.owner_id,
                expires=token.expires_at.isoformat(),
                host=found.client.host,
                client=found.client.client_id,
                requested_from=found.peer,
            )
        )

    return change_once(ctx, actor, claim, found.id, apply, lambda reader: _require_stored(ctx, reader, user_code))


def deny(ctx: Context, actor: Actor, user_code: str, claim: Claim | None = None) -> Done[DeviceSignIn]:
    """Deny the sign-in with this user code. Errors as `approve`."""
    access.require(actor, Permission.SELF_UPDATE)
    found = show(ctx, actor, user_code)

    def apply(uow: UnitOfWork, now: datetime) -> None:
        _decide(uow, found, DeviceState.DENIED, None, now)
        client = found.client
        uow.record(
            DeviceSignInDenied(
                object_id=str(found.id), host=client.host, client=client.client_id, requested_from=found.peer
            )
        )

    return change_once(ctx, actor, claim, found.id, apply, lambda reader: _require_stored(ctx, reader, user_code))


def _decide(uow: UnitOfWork, found: DeviceSignIn, state: DeviceState, token_id: UUID | None, now: datetime) -> None:
    if not uow.devices.decide(found.id, state, token_id, now):
        raise Conflict("The sign-in was approved or denied before, or its code has expired.")


def _require_stored(ctx: Context, reader: Reader, user_code: str) -> DeviceSignIn:
    found = _find(ctx, reader, user_code)
    if found is None:
        raise NotFound("The code has expired.")
    return found


def _find(ctx: Context, reader: Reader, user_code: str) -> DeviceSignIn | None:
    mac = _user_code_mac(ctx, normalize_user_code(user_code))
    return reader.devices.find_user_code(mac, ctx.ports.clock.now())


def _user_code_mac(ctx: Context, letters: str) -> bytes:
    return hmac.digest(ctx.config.audit_mac_key, b"user code\0" + letters.encode(), "sha256")
