"""THE access table: which role may do what. Default deny: what is not in the table is forbidden."""

from __future__ import annotations

from enum import StrEnum

from pki_manager.domain.actor import Actor, ActorKind, Role
from pki_manager.domain.errors import Forbidden, Unauthenticated


class Permission(StrEnum):
    """`noun:verb`. Every REST operation names one as `x-permission`; every use case demands the same one."""

    CA_READ = "ca:read"
    CA_CREATE = "ca:create"
    CA_CONTROL = "ca:control"
    CA_REVOKE = "ca:revoke"
    CERTIFICATE_READ = "certificate:read"
    CERTIFICATE_ISSUE = "certificate:issue"
    CERTIFICATE_REVOKE = "certificate:revoke"
    CERTIFICATE_DELETE = "certificate:delete"
    CRL_READ = "crl:read"
    CRL_PUBLISH = "crl:publish"
    PROFILE_CREATE = "profile:create"
    PROFILE_UPDATE = "profile:update"
    PROFILE_RETIRE = "profile:retire"
    PROFILE_READ = "profile:read"
    KEY_READ = "key:read"
    KEY_BLOCK = "key:block"
    TOKEN_READ = "token:read"
    TOKEN_CREATE = "token:create"
    TOKEN_REVOKE = "token:revoke"
    JOB_READ = "job:read"
    JOB_CONTROL = "job:control"
    AUDIT_READ = "audit:read"
    METRICS_READ = "metrics:read"
    STATUS_READ = "status:read"
    SELF_READ = "self:read"
    TOOLS_USE = "tools:use"


_P = Permission

_OWN = frozenset({_P.SELF_READ, _P.TOOLS_USE})
_READ = _OWN | {_P.CA_READ, _P.CERTIFICATE_READ, _P.CRL_READ, _P.PROFILE_READ, _P.KEY_READ, _P.STATUS_READ}
_WATCH = frozenset({_P.AUDIT_READ, _P.JOB_READ, _P.TOKEN_READ, _P.METRICS_READ})

GRANTS: dict[Role, frozenset[Permission]] = {
    Role.ADMINISTRATOR: frozenset(Permission),
    Role.CA_OPERATOR: _READ
    | {
        _P.PROFILE_CREATE,
        _P.PROFILE_UPDATE,
        _P.PROFILE_RETIRE,
        _P.CA_CREATE,
        _P.CA_CONTROL,
        _P.CA_REVOKE,
        _P.CERTIFICATE_ISSUE,
        _P.CERTIFICATE_REVOKE,
        _P.CERTIFICATE_DELETE,
        _P.CRL_PUBLISH,
        _P.KEY_BLOCK,
        _P.JOB_READ,
        _P.JOB_CONTROL,
        _P.METRICS_READ,
    },
    Role.REGISTRATION_AUTHORITY: _READ | {_P.CERTIFICATE_ISSUE, _P.CERTIFICATE_REVOKE},
    Role.REQUESTER: _OWN | {_P.CA_READ, _P.PROFILE_READ, _P.CRL_READ},
    Role.AUDITOR: _READ | _WATCH,
}


def allowed(actor: Actor, permission: Permission) -> bool:
    """Whether the table grants `permission` to the actor's role; an actor without a role has nothing."""
    return actor.role is not None and permission in GRANTS.get(actor.role, frozenset())


def require(actor: Actor, permission: Permission) -> None:
    """Unauthenticated for nobody, Forbidden for somebody without the grant; returns nothing otherwise."""
    if actor.kind is ActorKind.ANONYMOUS:
        raise Unauthenticated("this needs authentication")
    if not allowed(actor, permission):
        raise Forbidden(f"role {actor.role or 'none'} does not have {permission}")


def may_grant(actor: Actor, role: Role) -> bool:
    """A token never has more rights than the one who makes it."""
    return actor.role is not None and GRANTS[role] <= GRANTS[actor.role]
