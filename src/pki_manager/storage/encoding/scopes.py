"""Scopes and permissions of grants as JSON text. A dimension without limit is null, never an empty list."""

from __future__ import annotations

import json
from uuid import UUID

from pki_manager.domain.names import AlternativeName, NameKind
from pki_manager.domain.rights.actor import Reach, Scope
from pki_manager.domain.rights.permission import Permission
from pki_manager.storage.encoding.names import dump

_PERMISSIONS = frozenset(permission.value for permission in Permission)


def scope_to_json(scope: Scope) -> str:
    """Return a scope as JSON text. Its lists are sorted, so equal scopes have equal texts."""
    return dump(
        {
            "cas": None if scope.cas is None else sorted(str(ca) for ca in scope.cas),
            "profiles": None if scope.profiles is None else sorted(scope.profiles),
            "names": None if scope.names is None else [[one.kind.value, one.value] for one in sorted(scope.names)],
            "reach": scope.reach.value,
        }
    )


def scope_from_json(text: str) -> Scope:
    """Read a scope from JSON text."""
    value = json.loads(text)
    cas, profiles, names = value["cas"], value["profiles"], value["names"]
    return Scope(
        cas=None if cas is None else frozenset(map(UUID, cas)),
        profiles=None if profiles is None else frozenset(profiles),
        names=None if names is None else frozenset(AlternativeName(NameKind(k), v) for k, v in names),
        reach=Reach(value["reach"]),
    )


def permissions_from_json(text: str) -> frozenset[Permission]:
    """Read permissions from JSON text, without those that this program does not know.

    A newer version that uses the same database can store them. This program has no operation that requires them.
    """
    return frozenset(Permission(name) for name in json.loads(text) if name in _PERMISSIONS)
