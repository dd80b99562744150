"""The access table: the permissions of each built-in role, and their ownership scopes. All others are denied."""

from __future__ import annotations

from pki_manager.domain.rights.actor import EVERYTHING, Grant, Reach, Role, Scope
from pki_manager.domain.rights.permission import Permission

_P = Permission

_OWN = frozenset({_P.SELF_READ, _P.SELF_UPDATE, _P.SELF_SECURE, _P.TOOLS_USE})
_READ = _OWN | {
    _P.CA_READ,
    _P.CERTIFICATE_READ,
    _P.REQUEST_READ,
    _P.CRL_READ,
    _P.PROFILE_READ,
    _P.KEY_READ,
    _P.STATUS_READ,
}
_WATCH = frozenset(
    {
        _P.AUDIT_READ,
        _P.JOB_READ,
        _P.TOKEN_READ,
        _P.METRICS_READ,
        _P.SETTING_READ,
        _P.APPROVAL_READ,
        _P.USER_READ,
        _P.TEAM_READ,
        _P.ROLE_READ,
        _P.SESSION_READ,
    }
)
_REGISTER = frozenset(
    {
        _P.CERTIFICATE_ISSUE,
        _P.CERTIFICATE_EXPORT_KEY,
        _P.CERTIFICATE_REVOKE,
        _P.CERTIFICATE_RELEASE,
        _P.BULK_RUN,
        _P.REQUEST_SUBMIT,
        _P.REQUEST_APPROVE,
        _P.APPROVAL_READ,
        _P.APPROVAL_APPROVE,
    }
)
_OPERATE = frozenset(
    {
        _P.PROFILE_CREATE,
        _P.PROFILE_UPDATE,
        _P.PROFILE_RETIRE,
        _P.CA_CREATE,
        _P.CA_ROTATE,
        _P.CA_CROSS_SIGN,
        _P.CA_INSTALL,
        _P.CA_CONTROL,
        _P.CA_REVOKE,
        _P.CERTIFICATE_DELETE,
        _P.CRL_PUBLISH,
        _P.KEY_BLOCK,
        _P.KEY_CREATE,
        _P.JOB_READ,
        _P.JOB_CONTROL,
        _P.METRICS_READ,
        _P.SETTING_READ,
    }
)

_ASK = frozenset(
    {_P.CERTIFICATE_READ, _P.CERTIFICATE_REVOKE, _P.CERTIFICATE_EXPORT_KEY, _P.REQUEST_READ, _P.REQUEST_SUBMIT}
)
_OWN_TOKENS = frozenset({_P.TOKEN_READ, _P.TOKEN_CREATE, _P.TOKEN_REVOKE})

_MINE = Scope(reach=Reach.OWN)
_TEAM = Scope(reach=Reach.TEAM)


def _grants(role: Role, *parts: tuple[frozenset[Permission], Scope]) -> tuple[Grant, ...]:
    return tuple(Grant(role=role.value, permissions=permissions, scope=scope) for permissions, scope in parts)


BUILTIN: dict[Role, tuple[Grant, ...]] = {
    Role.ADMINISTRATOR: _grants(Role.ADMINISTRATOR, (frozenset(Permission), EVERYTHING)),
    Role.CA_OPERATOR: _grants(
        Role.CA_OPERATOR, (_READ | _REGISTER - {_P.REQUEST_APPROVE} | _OPERATE, EVERYTHING), (_OWN_TOKENS, _MINE)
    ),
    Role.REGISTRATION_AUTHORITY: _grants(
        Role.REGISTRATION_AUTHORITY, (_READ | _REGISTER, EVERYTHING), (_OWN_TOKENS, _MINE)
    ),
    Role.REQUESTER: _grants(
        Role.REQUESTER,
        (_OWN | {_P.CA_READ, _P.PROFILE_READ, _P.CRL_READ}, EVERYTHING),
        (_ASK, _TEAM),
        (_OWN_TOKENS, _MINE),
    ),
    Role.AUDITOR: _grants(Role.AUDITOR, (_READ | _WATCH, EVERYTHING)),
}


SECOND_FACTOR_SETUP = (
    Grant(role="second-factor-setup", permissions=frozenset({_P.SELF_READ, _P.SELF_UPDATE, _P.SELF_SECURE})),
)
"""Grants of a user who must still set up the second factor that their role requires: only for their own account."""


def list_builtin_grants(role: Role | None) -> tuple[Grant, ...]:
    """Return the grants of a built-in role. Empty if `role` is None."""
    return BUILTIN[role] if role is not None else ()
