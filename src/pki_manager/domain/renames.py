"""Former and current spellings of public names that were renamed.

Stored values keep their former names if they are signed or frozen: audit events are signed, an approval is bound to the
digest of its operation, and both contain digests of profiles and roles.
"""

from __future__ import annotations

from collections.abc import Mapping

ACTIONS: Mapping[str, str] = {
    "acme_key.created": "eab_key.created",
    "installation.initialised": "installation.initialized",
    "recovery_codes.made": "recovery_codes.created",
}
"""Current names of renamed audit actions, by former name."""

PERMISSIONS: Mapping[str, str] = {"approval:give": "approval:approve"}

SETTINGS: Mapping[str, str] = {"newcomers": "unknown_users"}
"""Current names of renamed identity provider options, by former name."""

PROFILE_FIELDS: Mapping[str, str] = {
    "crl_pointer": "include_crl_url",
    "excuses": "lint_exceptions",
    "ocsp_pointer": "include_ocsp_url",
    "surplus": "unlisted_attributes",
}

_FORMER_PERMISSIONS = {new: old for old, new in PERMISSIONS.items()}
_FORMER_FIELDS = {new: old for old, new in PROFILE_FIELDS.items()}


def list_action_names(action: str) -> tuple[str, ...]:
    """Return all names of an audit action, current one first, for any of its names."""
    current = ACTIONS.get(action, action)
    return current, *(old for old, new in ACTIONS.items() if new == current)


def to_current(value: object) -> object:
    """Return a JSON value in which profile fields and permissions have their current names."""
    return _renamed(value, PROFILE_FIELDS, PERMISSIONS)


def to_former(value: object) -> object:
    """Return a JSON value in which profile fields and permissions have their former names, as digests contain them."""
    return _renamed(value, _FORMER_FIELDS, _FORMER_PERMISSIONS)


def _renamed(value: object, keys: Mapping[str, str], texts: Mapping[str, str]) -> object:
    if isinstance(value, Mapping):
        return {keys.get(key, key): _renamed(member, keys, texts) for key, member in value.items()}
    if isinstance(value, (list, tuple)):
        return [_renamed(item, keys, texts) for item in value]
    return texts.get(value, value) if isinstance(value, str) else value
