"""The names of all permissions, and the dimensions in which each can be limited."""

from __future__ import annotations

from enum import StrEnum


class Permission(StrEnum):
    """A permission, as `noun:verb`.

    Every REST operation names one as `x-permission`, and every use case requires the same one.
    """

    CA_READ = "ca:read"
    CA_CREATE = "ca:create"
    CA_ROTATE = "ca:rotate"
    CA_CROSS_SIGN = "ca:cross-sign"
    CA_INSTALL = "ca:install"
    CA_CONTROL = "ca:control"
    CA_REVOKE = "ca:revoke"
    CERTIFICATE_READ = "certificate:read"
    CERTIFICATE_ISSUE = "certificate:issue"
    CERTIFICATE_EXPORT_KEY = "certificate:export-key"
    CERTIFICATE_REVOKE = "certificate:revoke"
    CERTIFICATE_RELEASE = "certificate:release"
    CERTIFICATE_DELETE = "certificate:delete"
    REQUEST_READ = "request:read"
    REQUEST_SUBMIT = "request:submit"
    REQUEST_APPROVE = "request:approve"
    APPROVAL_READ = "approval:read"
    APPROVAL_APPROVE = "approval:approve"
    APPROVAL_MANAGE = "approval:manage"
    APPROVAL_OVERRIDE = "approval:override"
    BULK_RUN = "bulk:run"
    CRL_READ = "crl:read"
    CRL_PUBLISH = "crl:publish"
    PROFILE_CREATE = "profile:create"
    PROFILE_UPDATE = "profile:update"
    PROFILE_RETIRE = "profile:retire"
    PROFILE_READ = "profile:read"
    KEY_READ = "key:read"
    KEY_BLOCK = "key:block"
    KEY_DESTROY = "key:destroy"
    KEY_CREATE = "key:create"
    USER_READ = "user:read"
    USER_MANAGE = "user:manage"
    TEAM_READ = "team:read"
    TEAM_MANAGE = "team:manage"
    ROLE_READ = "role:read"
    ROLE_MANAGE = "role:manage"
    SESSION_CREATE = "session:create"
    SESSION_READ = "session:read"
    SESSION_REVOKE = "session:revoke"
    TOKEN_READ = "token:read"
    TOKEN_CREATE = "token:create"
    TOKEN_REVOKE = "token:revoke"
    JOB_READ = "job:read"
    JOB_CONTROL = "job:control"
    AUDIT_READ = "audit:read"
    AUDIT_ACCEPT = "audit:accept"
    BACKUP_CREATE = "backup:create"
    METRICS_READ = "metrics:read"
    SETTING_READ = "setting:read"
    STATUS_READ = "status:read"
    CLOCK_ACCEPT = "clock:accept"
    SELF_READ = "self:read"
    SELF_UPDATE = "self:update"
    SELF_SECURE = "self:secure"
    TOOLS_USE = "tools:use"


PERSONAL = frozenset({Permission.SELF_UPDATE, Permission.SELF_SECURE})
"""Permissions that only a user in a session can have; tokens and programs cannot."""

PUBLIC = frozenset({Permission.SESSION_CREATE})
"""Permissions that need no authentication: only to sign in."""

DANGEROUS = frozenset(
    {
        Permission.CA_CREATE,
        Permission.CA_CROSS_SIGN,
        Permission.CA_INSTALL,
        Permission.CA_REVOKE,
        Permission.CA_ROTATE,
        Permission.CERTIFICATE_EXPORT_KEY,
        Permission.KEY_CREATE,
        Permission.KEY_DESTROY,
        Permission.PROFILE_CREATE,
        Permission.PROFILE_UPDATE,
        Permission.PROFILE_RETIRE,
        Permission.USER_MANAGE,
        Permission.TEAM_MANAGE,
        Permission.TOKEN_CREATE,
        Permission.SELF_SECURE,
        Permission.ROLE_MANAGE,
        Permission.APPROVAL_MANAGE,
        Permission.APPROVAL_OVERRIDE,
        Permission.CLOCK_ACCEPT,
        Permission.AUDIT_ACCEPT,
        Permission.BACKUP_CREATE,
    }
)
"""Permissions that a user can use only after recent authentication: their effects would outlast a stolen session.

For other permissions, a single operation can require recent authentication (`access.require_fresh`): resuming or
retiring a CA, but not suspending one, which must stay quick; approving an operation, but not rejecting one.
"""


_UNGATED = frozenset(
    {
        Permission.SELF_SECURE,
        Permission.APPROVAL_OVERRIDE,
        Permission.KEY_CREATE,
        Permission.TOKEN_CREATE,
        Permission.AUDIT_ACCEPT,
        Permission.BACKUP_CREATE,
    }
)
SENSITIVE = (DANGEROUS - _UNGATED) | {Permission.BULK_RUN, Permission.CA_CONTROL, Permission.CERTIFICATE_ISSUE}
"""Permissions of operations that approval rules can cover: each of these operations calls the approval gate."""


class Limit(StrEnum):
    """A dimension in which a grant can be limited."""

    CA = "ca"
    PROFILE = "profile"
    NAMES = "names"
    REACH = "reach"


_CERTIFICATE = frozenset(Limit)
_CA = frozenset({Limit.CA})

_LIMITS_OF_NOUN: dict[str, frozenset[Limit]] = {
    "ca": _CA,
    "crl": _CA,
    "certificate": _CERTIFICATE,
    "request": _CERTIFICATE,
    "profile": frozenset({Limit.PROFILE}),
    "token": frozenset({Limit.REACH}),
}

HARMLESS = PUBLIC | PERSONAL | {Permission.SELF_READ, Permission.TOOLS_USE, Permission.STATUS_READ}
"""Permissions that neither show nor change objects of other users, so that no scope limits them."""


def list_limits(permission: Permission) -> frozenset[Limit]:
    """Return the dimensions in which a grant of the permission can be limited.

    The set is empty for a permission that applies to the whole installation.
    """
    return _LIMITS_BY_PERMISSION[permission]


def _limits(permission: Permission) -> frozenset[Limit]:
    return _LIMITS_OF_NOUN.get(permission.partition(":")[0], frozenset())


_LIMITS_BY_PERMISSION = {permission: _limits(permission) for permission in Permission}


def filter_unlimited(permissions: frozenset[Permission], limited: frozenset[Limit]) -> frozenset[Permission]:
    """Return the permissions that a scope with these limits cannot limit, and must therefore not grant.

    A permission to change objects must be limitable in all of these dimensions: a scope of profiles does not grant
    revoking CAs. For a permission to read, one limitable dimension is enough: a user who issues with one profile must
    see CAs.
    """
    return frozenset(one for one in permissions - HARMLESS if limited and not _fits(one, limited))


def _fits(permission: Permission, limited: frozenset[Limit]) -> bool:
    limits = list_limits(permission)
    return bool(limits) if permission.endswith(":read") else limited <= limits
