"""Users with permissions that no built-in role has: all except one, or one within a limit."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from pki_manager.domain.rights.actor import Actor, Grant, Scope
from pki_manager.domain.rights.permission import Permission
from tests.support.factories import ADMIN

ELSEWHERE = Scope(cas=frozenset({UUID(int=1)}))
OTHER_PROFILE = Scope(profiles=frozenset({"code-signing"}))


def with_rights(
    *permissions: Permission, scope: Scope | None = None, who: Actor = ADMIN, more: Actor | None = None
) -> Actor:
    """Return a user with these permissions within the scope, and those of `more`."""
    grant = Grant(role="odd", permissions=frozenset(permissions), scope=scope or Scope())
    return replace(who, grants=(grant, *(more.grants if more else ())))


def but(*permissions: Permission, who: Actor = ADMIN) -> Actor:
    """Return a user with all permissions except these."""
    return with_rights(*(frozenset(Permission) - frozenset(permissions)), who=who)


def limited(permission: Permission, scope: Scope, who: Actor = ADMIN) -> Actor:
    """Return a user with all permissions, but only within the scope."""
    return with_rights(permission, scope=scope, who=who, more=but(permission, who=who))
