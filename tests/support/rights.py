"""Users with roles, and tokens, for tests of permissions."""

from __future__ import annotations

from dataclasses import replace

from pki_manager.authority.kernel import current_rights
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.rights import tokens
from pki_manager.domain.people.user import User
from pki_manager.domain.rights.actor import Actor
from pki_manager.policy.access import Permission
from tests.support.people import VISITOR


def person(ctx: Context, user: User) -> Actor:
    """Return the user as the actor of a session."""
    with ctx.ports.storage.read() as reader:
        able = current_rights.find_user_rights(reader, reader.users.get(user.id))
    assert able is not None
    return replace(current_rights.build_user_actor(user, VISITOR, able), is_fresh=True)


def login(ctx: Context, secret: str | None, via: str = "rest") -> Actor:
    return tokens.authenticate(ctx, secret or "", peer=None, request_id="r", via=via)


def permissions(actor: Actor) -> set[Permission]:
    return {permission for grant in actor.grants for permission in grant.permissions}
