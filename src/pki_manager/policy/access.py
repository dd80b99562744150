"""The access decision: whether an actor has a permission on an object. Access that no grant allows is denied."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from pki_manager.domain.errors import FieldError, Forbidden, FreshAuthenticationRequired, NotFound, Unauthenticated
from pki_manager.domain.names import AlternativeName, DistinguishedName, NameAttribute
from pki_manager.domain.profiles.extensions import FIELD
from pki_manager.domain.rights.actor import Actor, ActorKind, Reach, Scope
from pki_manager.domain.rights.permission import DANGEROUS, PERSONAL, PUBLIC, Limit, Permission, list_limits
from pki_manager.policy import constraints

__all__ = [
    "ANYTHING",
    "Allowed",
    "Decision",
    "Denied",
    "Permission",
    "Target",
    "decide",
    "is_allowed",
    "require",
    "require_fresh",
    "require_on",
    "require_somewhere",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The facts about an object that grants can be limited by. A fact that is None does not meet any limit.

    `claims` are unverified subject attributes, and values of request fields (`fields.NAME`). No grant that is limited
    by names covers them.
    """

    ca: UUID | None = None
    profile: str | None = None
    owner: str | None = None
    team: UUID | None = None
    names: tuple[AlternativeName, ...] | None = None
    claims: tuple[NameAttribute, ...] = ()


ANYTHING = Target()
"""A target without facts, which no limited grant covers."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """Access is allowed. `rule` names the role that allows it."""

    rule: str


@dataclass(frozen=True, slots=True)
class Denied:
    """Access is denied.

    `rule` is the reason; `names` and `claims` are those of the object that the grants do not cover.
    """

    rule: str
    names: tuple[AlternativeName, ...] = ()
    claims: tuple[NameAttribute, ...] = ()


Decision = Allowed | Denied

_DOORS = {"metrics": frozenset({Permission.METRICS_READ})}
"""Permissions that an interface allows, even to callers who have more. Interfaces that are not listed allow all."""

_ANY = frozenset(Permission)

# From the most to the least telling: what a grant that has the permission stumbles over.
_ORDER = ("access.reach", "access.ca", "access.profile", "access.names")


def decide(actor: Actor, permission: Permission, target: Target | None, door: str) -> Decision:
    """Decide whether the actor has the permission on the target; without a target, on at least some objects.

    `door` is the interface that the actor uses. If access is denied, the rule is that of the grant that met the most
    limits.
    """
    if permission in PUBLIC:
        return Allowed("public")
    if actor.kind is ActorKind.ANONYMOUS:
        return Denied("access.anonymous")
    if permission in PERSONAL and actor.kind is not ActorKind.USER:
        return Denied("access.person")
    if permission not in _DOORS.get(door, _ANY):
        return Denied("access.door")
    furthest: Denied | None = None
    roles: list[str] = []
    for grant in actor.grants:
        if permission not in grant.permissions:
            continue
        denied = None if target is None else _outside(actor, permission, grant.scope, target)
        if denied is None:
            roles.append(grant.role)
        elif furthest is None or _ORDER.index(denied.rule) > _ORDER.index(furthest.rule):
            furthest = denied
    if roles:
        return Allowed("role:" + ",".join(dict.fromkeys(roles)))
    return furthest or Denied("access.permission")


def _outside(actor: Actor, permission: Permission, scope: Scope, target: Target) -> Denied | None:
    """Return the limit of the scope that excludes the target. None if the scope includes it in all relevant limits."""
    limits = list_limits(permission)
    if Limit.REACH in limits and not _reaches(actor, scope.reach, target):
        return Denied("access.reach")
    if Limit.CA in limits and scope.cas is not None and target.ca not in scope.cas:
        return Denied("access.ca")
    if Limit.PROFILE in limits and scope.profiles is not None and target.profile not in scope.profiles:
        return Denied("access.profile")
    if Limit.NAMES in limits and scope.names is not None:
        beyond = tuple(name for name in target.names or () if not constraints.is_within(name, scope.names))
        if beyond or target.claims or not target.names:
            return Denied("access.names", beyond, target.claims)
    return None


def _reaches(actor: Actor, reach: Reach, target: Target) -> bool:
    if reach is Reach.ALL or target.owner == actor.owner:
        return True
    return reach is Reach.TEAM and target.team is not None and target.team in actor.team_ids


def is_allowed(actor: Actor, permission: Permission, target: Target | None = None) -> bool:
    """Return whether the actor has the permission on the target; without a target, on at least some objects."""
    return isinstance(decide(actor, permission, target, actor.via), Allowed)


def require_somewhere(actor: Actor, permission: Permission) -> str:
    """Require the permission on at least some objects, for use before the object is known.

    Result and errors as `require`.
    """
    return _require(actor, permission, None)


def require(actor: Actor, permission: Permission, target: Target = ANYTHING) -> str:
    """Require the permission on the target, and return the rule that allows it.

    Without a target, only a grant without limits counts, so that a use case that omits its object is refused. An object
    without names is outside every grant that is limited by names. Raises Unauthenticated if the caller is anonymous;
    Forbidden if no grant allows access; FreshAuthenticationRequired for a sensitive permission if the user
    authenticated too long ago.
    """
    return _require(actor, permission, target)


def _require(actor: Actor, permission: Permission, target: Target | None) -> str:
    decision = decide(actor, permission, target, actor.via)
    if isinstance(decision, Allowed):
        if permission in DANGEROUS:
            require_fresh(actor)
        return decision.rule
    if actor.kind is ActorKind.ANONYMOUS:
        raise Unauthenticated("This operation requires authentication.")
    raise _forbidden(actor, permission, decision)


def require_fresh(actor: Actor) -> None:
    """Raise FreshAuthenticationRequired if the user authenticated too long ago.

    Actors with a token and local actors are not affected.
    """
    if not actor.is_fresh:
        raise FreshAuthenticationRequired(
            "This operation requires recent authentication. Authenticate again, then retry."
        )


def require_on(actor: Actor, permission: Permission, target: Target, kind: str, name: str) -> str:
    """Require the permission on one existing object, and return the rule that allows it.

    Raises NotFound, as for an object that does not exist, if the actor has neither this permission on it nor may read
    it. Other errors as `require`.
    """
    reading = Permission(f"{permission.partition(':')[0]}:read")
    if actor.kind is ActorKind.ANONYMOUS or is_allowed(actor, permission, target) or is_allowed(actor, reading, target):
        return require(actor, permission, target)
    raise NotFound.of(kind, name)


def _forbidden(actor: Actor, permission: Permission, denied: Denied) -> Forbidden:
    """Return the error for a denied permission.

    The rule is only for the audit log: a caller must not learn limits that other users set.
    """
    errors = tuple(
        FieldError("sans", denied.rule, f"contains {str(name)!r}, which is outside the names that you may request")
        for name in denied.names
    )
    errors += tuple(_uncovered(claim, denied.rule) for claim in denied.claims)
    if not errors and is_allowed(actor, Permission.AUDIT_READ):
        roles = ", ".join(actor.roles) or "none"
        errors = (FieldError("permission", denied.rule, f"requires a grant for this object; your roles are {roles}"),)
    forbidden = Forbidden(f"Requires the permission `{permission}`.", errors=errors)
    forbidden.rule = denied.rule
    return forbidden


def _uncovered(claim: NameAttribute, rule: str) -> FieldError:
    if claim.type.startswith(FIELD):
        return FieldError(claim.type, rule, "cannot be set, because you may only request certain names")
    text = str(DistinguishedName(((claim,),)))
    if claim.type == "CN":
        return FieldError(
            "subject", rule, f"{text!r} must repeat an alternative name, or be a name that you may request"
        )
    message = f"{text!r} must come from the profile, because you may only request certain names"
    return FieldError("subject", rule, message)
