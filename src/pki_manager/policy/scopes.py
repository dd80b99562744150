"""Set operations on grants: the objects an actor can see, whether grants cover others, and their intersection."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TypeVar
from uuid import UUID

from pki_manager.domain.names import AlternativeName
from pki_manager.domain.rights.actor import EVERYTHING, Actor, Grant, Reach, Scope, Visibility
from pki_manager.domain.rights.permission import Limit, Permission, filter_unlimited, list_limits
from pki_manager.policy import constraints

_T = TypeVar("_T")

_REACHES = (Reach.OWN, Reach.TEAM, Reach.ALL)


def compute_visibility(actor: Actor, permission: Permission) -> Visibility | None:
    """Return the objects that the actor can see in lists that require the permission. None if the actor can see all."""
    limits = list_limits(permission)
    scopes = tuple(
        dict.fromkeys(_relevant(grant.scope, limits) for grant in actor.grants if permission in grant.permissions)
    )
    return None if EVERYTHING in scopes else Visibility(scopes=scopes, owner=actor.owner, teams=actor.team_ids)


def concerns_ca(actor: Actor, permission: Permission, ca_id: UUID) -> bool:
    """Return whether any grant of the permission includes the CA. Other limits of the grant are ignored."""
    return any(
        permission in grant.permissions and (grant.scope.cas is None or ca_id in grant.scope.cas)
        for grant in actor.grants
    )


def _relevant(scope: Scope, limits: frozenset[Limit]) -> Scope:
    return Scope(
        cas=scope.cas if Limit.CA in limits else None,
        profiles=scope.profiles if Limit.PROFILE in limits else None,
        names=scope.names if Limit.NAMES in limits else None,
        reach=scope.reach if Limit.REACH in limits else Reach.ALL,
    )


def covers(above: Iterable[Grant], below: Iterable[Grant]) -> bool:
    """Return whether the grants `above` include all permissions of `below`, in the same or wider scopes.

    Users can grant only permissions that they have.
    """
    given = tuple(above)
    return all(
        any(
            permission in grant.permissions
            and _scope_within(_relevant(wanted.scope, list_limits(permission)), grant.scope)
            for grant in given
        )
        for wanted in below
        for permission in wanted.permissions
    )


def widen_reach(grants: Iterable[Grant], *, own: bool, team: bool) -> Iterator[Grant]:
    """Yield the grants, some of them widened to the objects of all owners.

    If `own`, grants on own objects and on those of teams are widened; if `team`, only those on objects of teams.
    """
    widened = {reach for reach, wide in ((Reach.OWN, own), (Reach.TEAM, own or team)) if wide}
    for grant in grants:
        yield replace(grant, scope=replace(grant.scope, reach=Reach.ALL)) if grant.scope.reach in widened else grant


def _scope_within(inner: Scope, outer: Scope) -> bool:
    return (
        _set_within(inner.cas, outer.cas)
        and _set_within(inner.profiles, outer.profiles)
        and (outer.names is None or (inner.names is not None and _names_within(inner.names, outer.names)))
        and _REACHES.index(inner.reach) <= _REACHES.index(outer.reach)
    )


def _set_within(inner: frozenset[UUID] | frozenset[str] | None, outer: frozenset[UUID] | frozenset[str] | None) -> bool:
    return outer is None or (inner is not None and inner <= outer)


def _names_within(inner: frozenset[AlternativeName], outer: frozenset[AlternativeName]) -> bool:
    return all(any(constraints.is_subtree_within(base, other) for other in outer) for base in inner)


def intersect(one: Iterable[Grant], other: Iterable[Grant]) -> tuple[Grant, ...]:
    """Return the grants that both sets contain: shared permissions in shared scopes. Role names are those of `one`."""
    return tuple(_shared(tuple(one), tuple(other)))


def _shared(one: tuple[Grant, ...], other: tuple[Grant, ...]) -> Iterator[Grant]:
    for first in one:
        for second in other:
            permissions = first.permissions & second.permissions
            if permissions:
                yield Grant(role=first.role, permissions=permissions, scope=_narrowed(first.scope, second.scope))


def narrow(grants: Iterable[Grant], permissions: frozenset[Permission] | None, scope: Scope) -> tuple[Grant, ...]:
    """Return the grants limited to these permissions (None: all) and to this scope.

    A permission that cannot be limited in that way is left out, as in a role.
    """
    return tuple(
        Grant(role=grant.role, permissions=kept, scope=_narrowed(grant.scope, scope))
        for grant in grants
        if (kept := _limitable(grant.permissions if permissions is None else grant.permissions & permissions, scope))
    )


def _limitable(permissions: frozenset[Permission], scope: Scope) -> frozenset[Permission]:
    return permissions - filter_unlimited(permissions, scope.limited)


def _narrowed(one: Scope, other: Scope) -> Scope:
    return Scope(
        cas=_both(one.cas, other.cas),
        profiles=_both(one.profiles, other.profiles),
        names=_both_names(one.names, other.names),
        reach=min(one.reach, other.reach, key=_REACHES.index),
    )


def _both(one: frozenset[_T] | None, other: frozenset[_T] | None) -> frozenset[_T] | None:
    if one is None or other is None:
        return other if one is None else one
    return one & other


def _both_names(
    one: frozenset[AlternativeName] | None, other: frozenset[AlternativeName] | None
) -> frozenset[AlternativeName] | None:
    """Return the names that both lists of subtrees contain: of each pair that overlaps, the smaller subtree."""
    if one is None or other is None:
        return other if one is None else one
    smaller = {base for base in one if _names_within(frozenset({base}), other)}
    return frozenset(smaller | {base for base in other if _names_within(frozenset({base}), one)})
