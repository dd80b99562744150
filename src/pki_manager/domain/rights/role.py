"""Roles of one's own: permissions, limited to some objects; kept in versions."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pki_manager.domain.errors import FieldError, InvalidInput
from pki_manager.domain.names import NameKind
from pki_manager.domain.rights.actor import Grant, Role, Scope
from pki_manager.domain.rights.permission import Permission, boundless

MAX_NAME = 60
_NAME = re.compile(r"[a-z][a-z0-9-]*", re.ASCII)
_PATTERNS = (NameKind.DNS, NameKind.IP, NameKind.EMAIL)


class RoleState(StrEnum):
    ACTIVE = "active"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomRole:
    name: str
    version: int
    description: str
    permissions: frozenset[Permission]
    scope: Scope
    state: RoleState
    created_at: datetime

    @property
    def grants(self) -> tuple[Grant, ...]:
        """None once it is retired."""
        if self.state is not RoleState.ACTIVE:
            return ()
        return (Grant(role=self.name, permissions=self.permissions, scope=self.scope),)


def require_sound(name: str, permissions: frozenset[Permission], scope: Scope) -> None:
    """InvalidInput with every fault of a new role.

    A permission that acts on the whole installation cannot be limited; in a role that is, it would be more than the
    role says.
    """
    faults = _name_faults(name)
    if not permissions:
        faults.append(FieldError("permissions", "role.permissions", "must contain at least one permission"))
    if beyond := boundless(permissions, scope.limited):
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


def scope_faults(scope: Scope) -> list[FieldError]:
    """What is wrong with the name patterns themselves: kinds that lists cannot be filtered by, whole mailboxes."""
    faults = []
    for base in sorted(scope.names or ()):
        if base.kind not in _PATTERNS:
            message = f"must be DNS:domain, IP:block, or email:domain, not {base}"
            faults.append(FieldError("names", "role.names", message))
        elif base.kind is NameKind.EMAIL and "@" in base.value:
            faults.append(FieldError("names", "role.names", f"must be a domain, not the mailbox {base}"))
    return faults
