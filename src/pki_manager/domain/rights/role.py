"""Custom roles: versioned sets of permissions with a scope."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pki_manager.domain.errors import FieldError, InvalidInput
from pki_manager.domain.names import NameKind
from pki_manager.domain.rights.actor import Grant, Role, Scope
from pki_manager.domain.rights.permission import Permission, filter_unlimited

MAX_NAME = 60
_NAME = re.compile(r"[a-z][a-z0-9-]*", re.ASCII)
_PATTERNS = (NameKind.DNS, NameKind.IP, NameKind.EMAIL)


class RoleState(StrEnum):
    """The state of a custom role."""

    ACTIVE = "active"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomRole:
    """One version of a custom role."""

    name: str
    version: int
    description: str
    permissions: frozenset[Permission]
    scope: Scope
    state: RoleState
    created_at: datetime

    @property
    def grants(self) -> tuple[Grant, ...]:
        """Return the grants of the role. A retired role has no grants."""
        if self.state is not RoleState.ACTIVE:
            return ()
        return (Grant(role=self.name, permissions=self.permissions, scope=self.scope),)


def require_sound(name: str, permissions: frozenset[Permission], scope: Scope) -> None:
    """Raise InvalidInput with every error if a new role is invalid.

    A permission that applies to the whole installation cannot be part of a role with a limited scope.
    """
    faults = _name_faults(name)
    if not permissions:
        faults.append(FieldError("permissions", "role.permissions", "must contain at least one permission"))
    if beyond := filter_unlimited(permissions, scope.limited):
        message = (
            f"cannot contain {', '.join(sorted(beyond))} with these limits; grant them in a role without these limits"
        )
        faults.append(FieldError("permissions", "role.boundless", message))
    if faults:
        raise InvalidInput("; ".join(f"{one.field}: {one.message}" for one in faults), errors=tuple(faults))


def _name_faults(name: str) -> list[FieldError]:
    if len(name) > MAX_NAME or _NAME.fullmatch(name) is None:
        message = f"must have 1 to {MAX_NAME} lower-case letters, digits, and hyphens, and start with a letter"
        return [FieldError("name", "role.name", message)]
    if name in set(Role):
        return [FieldError("name", "role.name", "is the name of a built-in role")]
    return []


def find_scope_faults(scope: Scope) -> list[FieldError]:
    """Return an error for each invalid name pattern of a scope.

    Invalid are kinds of names that lists cannot be filtered by, and email addresses instead of domains.
    """
    faults = []
    for base in sorted(scope.names or ()):
        if base.kind not in _PATTERNS:
            message = f"must be DNS:domain, IP:block, or email:domain, not {base}"
            faults.append(FieldError("names", "role.names", message))
        elif base.kind is NameKind.EMAIL and "@" in base.value:
            faults.append(FieldError("names", "role.names", f"must be a domain, not the mailbox {base}"))
    return faults
