"""API tokens: made once, shown once, kept as a hash; never more rights than their maker has."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from pki_manager.authority.context import Authority
from pki_manager.authority.idempotency import once
from pki_manager.domain.actor import Actor, ActorKind, Role
from pki_manager.domain.audit import TokenCreated, TokenRevoked
from pki_manager.domain.duration import Duration
from pki_manager.domain.errors import Forbidden, InvalidInput, Unauthenticated
from pki_manager.domain.page import Page
from pki_manager.domain.token import PREFIX, Token
from pki_manager.policy import access, scopes
from pki_manager.policy.access import Permission
from pki_manager.policy.roles import standing
from pki_manager.ports.unit_of_work import Claim

MAX_NAME = 100
_SECRET_OCTETS = 32
_FORM = re.compile(re.escape(PREFIX) + r"[A-Za-z0-9_-]{43}", re.ASCII)
_TOUCH_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class NewToken:
    """`secret` is the bearer token, None when this is a replay: it is told once."""

    token: Token
    secret: str | None


def create_token(
    authority: Authority, actor: Actor, name: str, role: Role, lifetime: Duration, claim: Claim | None = None
) -> tuple[NewToken, bool]:
    """`(new token, replayed)`. Forbidden when `role` has a right that the actor lacks."""
    access.require(actor, Permission.TOKEN_CREATE)
    if not scopes.covers(actor.grants, standing(role)):
        raise Forbidden(f"the caller may not make a token with role {role}: it has rights that the caller lacks")
    if not name.strip() or len(name) > MAX_NAME or not name.isprintable():
        raise InvalidInput.of("name", "token.name", f"a name has 1 to {MAX_NAME} printable characters")

    def work() -> NewToken:
        now = authority.clock.now()
        secret = PREFIX + base64.urlsafe_b64encode(authority.entropy.token(_SECRET_OCTETS)).rstrip(b"=").decode()
        token = Token(
            id=authority.new_id(),
            name=name,
            prefix=secret[: len(PREFIX) + 6],
            role=role,
            created_by=actor.id,
            created_at=now,
            expires_at=lifetime.after(now, "expires"),
            revoked_at=None,
            last_used_at=None,
        )
        with authority.storage.begin(actor) as uow:
            if claim is not None:
                uow.idempotency.claim(actor.id, claim, token.id, now)
            uow.tokens.add(token, _hash(secret))
            uow.record(
                TokenCreated(object_id=str(token.id), name=name, role=role, expires=token.expires_at.isoformat())
            )
        return NewToken(token, secret)

    def again(token_id: UUID) -> NewToken:
        with authority.storage.read() as reader:
            return NewToken(reader.tokens.get(token_id), None)

    return once(authority, actor, claim, work, again)


def list_tokens(authority: Authority, actor: Actor, cursor: str | None, limit: int) -> Page[Token]:
    access.require(actor, Permission.TOKEN_READ)
    with authority.storage.read() as reader:
        return reader.tokens.page(cursor, limit)


def revoke_token(authority: Authority, actor: Actor, token_id: UUID, claim: Claim | None = None) -> tuple[Token, bool]:
    """`(token, replayed)`. Revoking twice is fine."""
    access.require(actor, Permission.TOKEN_REVOKE)

    def work() -> Token:
        now = authority.clock.now()
        with authority.storage.begin(actor) as uow:
            if claim is not None:
                uow.idempotency.claim(actor.id, claim, token_id, now)
            uow.tokens.get(token_id)
            uow.tokens.revoke(token_id, now)
            uow.record(TokenRevoked(object_id=str(token_id)))
            revoked = uow.tokens.get(token_id)
        authority.tokens.forget()
        return revoked

    def again(object_id: UUID) -> Token | None:
        with authority.storage.read() as reader:
            token = reader.tokens.get(object_id)
        return token if token.revoked_at is not None else None

    return once(authority, actor, claim, work, again)


def recognise(authority: Authority, bearer: str, *, peer: str | None, request_id: str, via: str) -> Actor | None:
    """As `authenticate`, from memory alone; None when the database has to be asked."""
    token = authority.tokens.recall(_hash(bearer), authority.clock.monotonic())
    if token is None or not token.usable(authority.clock.now()):
        return None
    return _actor(token, peer=peer, request_id=request_id, via=via)


def authenticate(authority: Authority, bearer: str, *, peer: str | None, request_id: str, via: str) -> Actor:
    """The actor behind a bearer token, with the token's role; Unauthenticated, always with the same words.

    A token that another process revokes is refused here within `token_memory.SECONDS`.
    """
    now, monotonic = authority.clock.now(), authority.clock.monotonic()
    if _FORM.fullmatch(bearer) is None:
        raise Unauthenticated("the bearer token is not valid")
    with authority.storage.read() as reader:
        token = reader.tokens.find_hash(_hash(bearer))
    if token is None or not token.usable(now):
        raise Unauthenticated("the bearer token is not valid")
    if token.last_used_at is None or now - token.last_used_at > _TOUCH_EVERY:
        with authority.storage.housekeep() as uow:
            uow.tokens.touch(token.id, now)
    authority.tokens.keep(_hash(bearer), token, monotonic)
    return _actor(token, peer=peer, request_id=request_id, via=via)


def _actor(token: Token, *, peer: str | None, request_id: str, via: str) -> Actor:
    return Actor(
        kind=ActorKind.TOKEN,
        id=f"token:{token.id}",
        name=token.name,
        via=via,
        grants=standing(token.role),
        peer=peer,
        request_id=request_id,
    )


def _hash(secret: str) -> bytes:
    """A plain hash suffices: the secret has 256 random bits, there is nothing to guess."""
    return hashlib.sha256(secret.encode()).digest()
