"""Scopes as users write them: CAs by ID or name, name patterns as text."""

from __future__ import annotations

from dataclasses import dataclass

from pki_manager.authority.kernel.issuers import find_ca
from pki_manager.domain.errors import InvalidInput
from pki_manager.domain.names import AlternativeName, NameConstraints
from pki_manager.domain.rights.actor import Reach, Scope
from pki_manager.domain.rights.role import find_scope_faults
from pki_manager.policy import constraints
from pki_manager.ports.unit_of_work import Reader


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopeRequest:
    """A scope as a user writes it. `names` are `DNS:example.com`, `IP:10.0.0.0/8`, `email:example.com`.

    None means no limit; empty means nothing.
    """

    cas: tuple[str, ...] | None = None
    profiles: tuple[str, ...] | None = None
    names: tuple[str, ...] | None = None
    reach: Reach = Reach.ALL


def resolve(reader: Reader, request: ScopeRequest) -> Scope:
    """Return the scope with CA IDs and parsed name patterns.

    Raises NotFound for an unknown CA; InvalidInput for an invalid pattern.
    """
    scope = Scope(
        cas=None if request.cas is None else frozenset(find_ca(reader, ca).id for ca in request.cas),
        profiles=None if request.profiles is None else frozenset(request.profiles),
        names=None if request.names is None else frozenset(map(_pattern, request.names)),
        reach=request.reach,
    )
    faults = tuple(find_scope_faults(scope))
    if faults:
        raise InvalidInput("; ".join(f"{one.field}: {one.message}" for one in faults), errors=faults)
    return scope


def _pattern(text: str) -> AlternativeName:
    base = NameConstraints.subtree(text, "names")
    fault = constraints.find_subtree_fault(base)
    if fault:
        raise InvalidInput.of("names", "role.names", f"contains {text!r}: {fault}")
    return base
