"""People with rights that no standing role has: all but one, or one within a limit."""

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
    """Who has those, within the scope, and whatever `more` has."""
    grant = Grant(role="odd", permissions=frozenset(permissions), scope=scope or Scope())
    return replace(who, grants=(grant, *(more.grants if more else ())))


def but(*permissions: Permission, who: Actor = ADMIN) -> Actor:
    """Who has everything else."""
    return with_rights(*(frozenset(Permission) - frozenset(permissions)), who=who)


def limited(permission: Permission, scope: Scope, who: Actor = ADMIN) -> Actor:
    """Who has everything, and that only within the scope."""
    return with_rights(permission, scope=scope, who=who, more=but(permission, who=who))
