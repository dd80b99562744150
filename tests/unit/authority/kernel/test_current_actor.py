"""Actors by their ID, with their present permissions."""

from __future__ import annotations

from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.current_actor import resolve_actor
from pki_manager.authority.people import users
from pki_manager.domain.rights.actor import Actor, Role
from tests.support.factories import ADMIN
from tests.support.people import new_user


def resolve(ctx: Context, actor_id: str) -> Actor | None:
    with ctx.ports.storage.read() as reader:
        return resolve_actor(ctx, reader, actor_id, "auditor", "rest")


def test_a_user_has_the_permissions_of_their_role_until_they_are_disabled(ctx: Context) -> None:
    user = new_user(ctx, "auditor", Role.AUDITOR)
    with ctx.ports.storage.read() as reader:
        actor = resolve_actor(ctx, reader, user.actor_id, "auditor", "rest")
    assert actor is not None
    assert (actor.id, actor.via, actor.roles) == (user.actor_id, "rest", (Role.AUDITOR,))
    users.disable_user(ctx, ADMIN, "auditor")
    assert resolve(ctx, user.actor_id) is None


def test_an_id_of_another_form_is_nobody(ctx: Context) -> None:
    assert resolve(ctx, "user:auditor") is None
    assert resolve(ctx, "team:web") is None
