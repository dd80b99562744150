"""Somebody who asked for something a while ago, with the rights that he has now."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from pki_manager.authority import rights
from pki_manager.authority.context import Authority
from pki_manager.authority.sessions import acting
from pki_manager.domain.actor import ANONYMOUS, Actor, ActorKind
from pki_manager.domain.errors import NotFound
from pki_manager.policy.roles import standing
from pki_manager.ports.unit_of_work import Reader

_TOKEN = "token:"
_LOCAL = "local:"
_USER = "user:"


def as_now(authority: Authority, reader: Reader, actor_id: str, name: str, via: str) -> Actor | None:
    """None where nobody by that id has any rights any more: a token that is revoked or has expired, say."""
    if actor_id.startswith(_LOCAL):
        grants = standing(authority.config.local_actor_role)
        return Actor(kind=ActorKind.LOCAL, id=actor_id, name=name, via=via, grants=grants)
    if actor_id.startswith(_TOKEN):
        return _token(authority, reader, UUID(actor_id.removeprefix(_TOKEN)), via)
    if actor_id.startswith(_USER):
        return _user(reader, UUID(actor_id.removeprefix(_USER)), via)
    return None


def _user(reader: Reader, user_id: UUID, via: str) -> Actor | None:
    try:
        user = reader.users.get(user_id)
    except NotFound:
        return None
    able = rights.of_user(reader, user)
    return acting(user, replace(ANONYMOUS, via=via), able) if able is not None else None


def _token(authority: Authority, reader: Reader, token_id: UUID, via: str) -> Actor | None:
    try:
        token = reader.tokens.get(token_id)
    except NotFound:
        return None
    if not token.usable(authority.clock.now()):
        return None
    able = rights.of_token(reader, token, authority.config.local_actor_role)
    return rights.actor_of(token, able, via) if able is not None else None
