"""API tokens: shown once, stored as a hash, never with more permissions than their owner has at that moment."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from pki_manager.authority.kernel import current_rights
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.delegation import require_account_covered, require_covered
from pki_manager.authority.kernel.idempotency import Done, change_once, run_once
from pki_manager.authority.kernel.scope_request import ScopeRequest, resolve
from pki_manager.authority.kernel.secrets import create_secret, hash_of
from pki_manager.authority.kernel.token_cache import Recognised
from pki_manager.authority.rights.teams import find_team_id
from pki_manager.domain.duration import Duration
from pki_manager.domain.errors import Conflict, Forbidden, InvalidInput, NotFound, StorageUnavailable, Unauthenticated
from pki_manager.domain.events.rights import TokenCreated, TokenRevoked, TokenRotated
from pki_manager.domain.page import Page
from pki_manager.domain.people.user import User
from pki_manager.domain.rights.actor import Actor, ActorKind, Reach, build_user_actor_id
from pki_manager.domain.rights.permission import Permission
from pki_manager.domain.rights.team import SERVICE, ServiceAccount
from pki_manager.domain.rights.token import PREFIX, Token
from pki_manager.policy import access, scopes
from pki_manager.policy.access import Target
from pki_manager.ports.unit_of_work import Claim, Reader, UnitOfWork

MAX_NAME = 100
MAX_OVERLAP = timedelta(days=7)
_FORM = re.compile(re.escape(PREFIX) + r"[A-Za-z0-9_-]{43}", re.ASCII)
_ACTOR = "token:"
_TOUCH_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token and its bearer secret. `secret` is returned only once: it is None for a repeated request."""

    token: Token
    secret: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrowing:
    """The limits of a token below its role, and its owner.

    If `service_account` (ID or name) is set, it owns the token instead of the caller. `team` (ID or name) is the team
    that the token belongs to.
    """

    permissions: frozenset[Permission] | None = None
    scope: ScopeRequest = field(default_factory=ScopeRequest)
    service_account: str | None = None
    team: str | None = None


def create_token(
    ctx: Context,
    actor: Actor,
    name: str,
    role: str,
    lifetime: Duration,
    claim: Claim | None = None,
    narrowing: Narrowing | None = None,
) -> Done[NewToken]:
    """Create a token.

    Raises Forbidden if the token would have a permission that the actor lacks; NotFound for an unknown service account.
    A token can create tokens only if its permission to do so has no limits, so that it cannot outlive its expiration.
    """
    access.require_somewhere(actor, Permission.TOKEN_CREATE)
    less = narrowing or Narrowing()

    def work() -> NewToken:
        now = ctx.ports.clock.now()
        with ctx.ports.storage.begin(actor) as uow:
            token, secret = draft_token(ctx, uow, actor, name, role, lifetime, less)
            if claim is not None:
                uow.idempotency.claim(actor.id, claim, token.id, now)
            uow.tokens.add(token, hash_of(secret))
            uow.record(
                TokenCreated(
                    object_id=str(token.id),
                    name=name,
                    role=role,
                    owner=token.owner_id,
                    expires=token.expires_at.isoformat(),
                )
            )
        return NewToken(token, secret)

    def again(token_id: UUID) -> NewToken:
        with ctx.ports.storage.read() as reader:
            return NewToken(reader.tokens.get(token_id), None)

    return run_once(ctx, actor, claim, work, again)


class DraftToken(NamedTuple):
    """A token that is not stored yet, and its secret."""

    token: Token
    secret: str


def draft_token(
    ctx: Context, uow: UnitOfWork, actor: Actor, name: str, role: str, lifetime: Duration, less: Narrowing
) -> DraftToken:
    """Return a new token, which is not stored yet, and its secret.

    Raises InvalidInput for an invalid name, role, lifetime, or scope. Other errors as `create_token`.
    """
    if not name.strip() or len(name) > MAX_NAME or not name.isprintable():
        raise InvalidInput.of("name", "token.name", f"must have 1 to {MAX_NAME} printable characters")
    account = None if less.service_account is None else _account(uow, less.service_account)
    owner_id, target = _owner(actor, account)
    access.require(actor, Permission.TOKEN_CREATE, target)
    _require_own_power(actor)
    now = ctx.ports.clock.now()
    secret = PREFIX + create_secret(ctx.ports.entropy)
    token = Token(
        id=ctx.new_id(),
        name=name,
        prefix=format_prefix(secret),
        role=role,
        owner_id=owner_id,
        team_id=find_team_id(uow, actor, less.team) if less.team is not None else None,
        permissions=less.permissions,
        scope=resolve(uow, less.scope),
        created_by=actor.id,
        created_at=now,
        expires_at=_expiration(ctx, lifetime, now),
        revoked_at=None,
        last_used_at=None,
    )
    given = current_rights.narrow_grants(current_rights.require_role(uow, role), token)
    if account is None:
        require_covered(actor, given, f"a token with role '{role}'")
    else:
        require_account_covered(actor, given, account)
    return DraftToken(token, secret)


def _expiration(ctx: Context, lifetime: Duration, now: datetime) -> datetime:
    """Return the expiration. Raises InvalidInput for a lifetime longer than `max_token_lifetime`."""
    expires_at, longest = lifetime.after(now, "expires"), ctx.config.max_token_lifetime
    if expires_at - now > longest:
        limit = f"is longer than max_token_lifetime allows: at most {longest.total_seconds() / 86400:g} days"
        raise InvalidInput.of("expires", "token.lifetime", limit)
    return expires_at


def revoke_own(uow: UnitOfWork, user: User, now: datetime) -> None:
    """Revoke all tokens and EAB keys that a user owns. Tokens of service accounts stay valid."""
    for token_id in uow.tokens.revoke_all(user.actor_id, now):
        uow.record(TokenRevoked(object_id=str(token_id)))


def list_tokens(ctx: Context, actor: Actor, cursor: str | None, limit: int) -> Page[Token]:
    """List tokens, newest first.

    An actor that is a token and may not read all tokens sees only itself and the tokens of its teams, not other tokens
    of its owner.
    """
    access.require_somewhere(actor, Permission.TOKEN_READ)
    visible = scopes.compute_visibility(actor, Permission.TOKEN_READ)
    with ctx.ports.storage.read() as reader:
        if visible is None or actor.kind is not ActorKind.TOKEN:
            return reader.tokens.page(cursor, limit, visible)
        if any(scope.reach is Reach.TEAM for scope in visible.scopes):
            return reader.tokens.page(cursor, limit, replace(visible, owner=actor.id))
        return Page((reader.tokens.get(UUID(actor.id.removeprefix(_ACTOR))),), None)


def revoke_token(ctx: Context, actor: Actor, token_id: UUID, claim: Claim | None = None) -> Done[Token]:
    """Revoke a token. Can be repeated."""
    access.require_somewhere(actor, Permission.TOKEN_REVOKE)

    def work() -> Token:
        now = ctx.ports.clock.now()
        with ctx.ports.storage.begin(actor) as uow:
            _guarded(uow, actor, Permission.TOKEN_REVOKE, token_id)
            if claim is not None:
                uow.idempotency.claim(actor.id, claim, token_id, now)
            uow.tokens.revoke(token_id, now)
            uow.record(TokenRevoked(object_id=str(token_id)))
            revoked = uow.tokens.get(token_id)
        ctx.state.tokens.forget()
        return revoked

    def again(object_id: UUID) -> Token | None:
        with ctx.ports.storage.read() as reader:
            token = reader.tokens.get(object_id)
        return token if token.revoked_at is not None else None

    return run_once(ctx, actor, claim, work, again)


def rotate_token(
    ctx: Context, actor: Actor, token_id: UUID, overlap: Duration, claim: Claim | None = None
) -> Done[NewToken]:
    """Give a token a new secret. The old one stays valid for `overlap`, at most a week.

    The expiration does not change. Raises Forbidden for another person's token, and for one with permissions that the
    actor lacks; Conflict if the token is not valid, belongs to an enrollment credential, or still has an old secret
    from an earlier rotation; InvalidInput if `overlap` is too long.
    """
    access.require_somewhere(actor, Permission.TOKEN_CREATE)
    secret = PREFIX + create_secret(ctx.ports.entropy)

    def apply(uow: UnitOfWork, now: datetime) -> None:
        token = _guarded(uow, actor, Permission.TOKEN_CREATE, token_id)
        _require_own_power(actor)
        _require_rotatable(ctx, uow, actor, token)
        if uow.credentials.find(token_id) is not None:
            raise Conflict("The token of an enrollment credential cannot be rotated. Create another credential.")
        until = overlap.after(now, "overlap")
        if until - now > MAX_OVERLAP:
            raise InvalidInput.of("overlap", "token.overlap", "must be at most 7 days")
        until = min(until, token.expires_at)
        secrets = hash_of(secret), format_prefix(secret)
        if not token.usable(now) or not uow.tokens.rotate(token_id, *secrets, until, actor.id, now):
            raise Conflict(
                "The token has expired or was revoked, or the old secret of its last rotation is still valid."
            )
        uow.record(TokenRotated(object_id=str(token_id), old_until=until.isoformat()))

    token, replayed = change_once(ctx, actor, claim, token_id, apply, lambda reader: reader.tokens.get(token_id))
    ctx.state.tokens.forget()
    return Done(NewToken(token, None if replayed else secret), replayed)


def recognize(ctx: Context, bearer: str, *, peer: str | None, request_id: str, via: str) -> Actor | None:
    """Return the actor of a bearer token from the cache. None if `authenticate` must read the database."""
    known = ctx.state.tokens.recall(hash_of(bearer), ctx.ports.clock.monotonic())
    if known is None or not known.token.usable(ctx.ports.clock.now()):
        return None
    return replace(known.actor, peer=peer, request_id=request_id, via=via)


def authenticate(ctx: Context, bearer: str, *, peer: str | None, request_id: str, via: str) -> Actor:
    """Return the actor of a bearer token.

    Its permissions are limited by those of its owner. A change in another process takes effect after at most
    `token_cache.SECONDS`. Raises Unauthenticated if the token is not valid, always with the same text.
    """
    now, monotonic = ctx.ports.clock.now(), ctx.ports.clock.monotonic()
    if _FORM.fullmatch(bearer) is None:
        raise Unauthenticated("The bearer token is not valid.")
    with ctx.ports.storage.read() as reader:
        token = reader.tokens.find_hash(hash_of(bearer), now)
        able = (
            current_rights.find_token_rights(reader, token, ctx.config.local_actor_role) if token is not None else None
        )
    if token is None or able is None or not token.usable(now):
        raise Unauthenticated("The bearer token is not valid.")
    touch(ctx, token, now)
    actor = current_rights.build_token_actor(token, able, "")
    ctx.state.tokens.keep(hash_of(bearer), Recognised(token, actor), monotonic)
    return replace(actor, peer=peer, request_id=request_id, via=via)


def touch(ctx: Context, token: Token, now: datetime) -> None:
    """Store when the token was last used, at most once a minute."""
    if token.last_used_at is None or now - token.last_used_at > _TOUCH_EVERY:
        with suppress(StorageUnavailable), ctx.ports.storage.housekeep(brief=True) as uow:  # reading goes on without
            uow.tokens.touch(token.id, now)


def build_target(actor: Actor, token: Token) -> Target:
    """Return the target that describes a token in access decisions.

    An actor that is a token owns only itself, not the other tokens of its owner.
    """
    is_another = actor.kind is ActorKind.TOKEN and actor.id != f"{_ACTOR}{token.id}"
    return Target(owner=None if is_another else token.owner_id, team=token.team_id)


def _account(uow: UnitOfWork, id_or_name: str) -> ServiceAccount:
    account = uow.service_accounts.find(id_or_name)
    if account is None:
        raise NotFound.of("service account", id_or_name)
    return account


def _owner(actor: Actor, account: ServiceAccount | None) -> tuple[str, Target]:
    """Return the ID of the token's owner, and the target that decides whether the actor can create the token.

    A service account owns its tokens, but the user responsible for the account, if any, owns the target.
    """
    if account is None:
        return actor.owner, Target(owner=actor.owner)
    answers = build_user_actor_id(account.user_id) if account.user_id else account.owner_id
    return account.owner_id, Target(owner=answers, team=account.team_id)


def _require_rotatable(ctx: Context, uow: UnitOfWork, actor: Actor, token: Token) -> None:
    """Raise Forbidden if the new secret would give the actor another identity, or permissions they do not have."""
    if token.owner_id == actor.owner:
        able = current_rights.find_token_rights(uow, token, ctx.config.local_actor_role)
        require_covered(actor, () if able is None else able.grants, f"token {token.name!r}")
    elif token.owner_id.startswith(SERVICE):
        given = current_rights.narrow_grants(current_rights.get_role_grants(uow, [token.role]), token)
        require_account_covered(actor, given, _account(uow, token.owner_id.removeprefix(SERVICE)))
    else:
        raise Forbidden("You cannot rotate the token of another person, because you would learn its secret.")


def _require_own_power(actor: Actor) -> None:
    if actor.kind is ActorKind.TOKEN:
        access.require(actor, Permission.TOKEN_CREATE)


def _guarded(reader: Reader, actor: Actor, permission: Permission, token_id: UUID) -> Token:
    token = reader.tokens.get(token_id)
    access.require_on(actor, permission, build_target(actor, token), "token", str(token_id))
    return token


def format_prefix(secret: str) -> str:
    """Return the public beginning of a secret, which identifies its token."""
    return secret[: len(PREFIX) + 6]
