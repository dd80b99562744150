"""Actors of earlier operations, with their present permissions."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from pki_manager.authority.kernel import current_rights
from pki_manager.authority.kernel.context import Context
from pki_manager.domain.errors import NotFound
from pki_manager.domain.ids import is_uuid
from pki_manager.domain.rights.actor import ANONYMOUS, Actor, ActorKind
from pki_manager.policy.roles import list_builtin_grants
from pki_manager.ports.unit_of_work import Reader


def resolve_actor(ctx: Context, reader: Reader, actor_id: str, name: str, via: str) -> Actor | None:
    """Return the actor with this ID, with its present permissions. None if the user or token can no longer act."""
    kind, _, identifier = actor_id.partition(":")
    if kind == "local":
        grants = list_builtin_grants(ctx.config.local_actor_role)
        return Actor(kind=ActorKind.LOCAL, id=actor_id, name=name, via=via, grants=grants)
    if kind not in ("token", "user") or not is_uuid(identifier):
        return None
    find = _token if kind == "token" else _user
    return find(ctx, reader, UUID(identifier), via)


def _user(_: Context, reader: Reader, user_id: UUID, via: str) -> Actor | None:
    try:
        user = reader.users.get(user_id)
    except NotFound:
        return None
    able = current_rights.find_user_rights(reader, user)
    return current_rights.build_user_actor(user, replace(ANONYMOUS, via=via), able) if able is not None else None


def _token(ctx: Context, reader: Reader, token_id: UUID, via: str) -> Actor | None:
    try:
        token = reader.tokens.get(token_id)
    except NotFound:
        return None
    if not token.usable(ctx.ports.clock.now()):
        return None
    able = current_rights.find_token_rights(reader, token, ctx.config.local_actor_role)
    return current_rights.build_token_actor(token, able, via) if able is not None else None
