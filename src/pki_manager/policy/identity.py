"""The role and teams that an operator's rules assign to users by the claims of their identity provider."""

from __future__ import annotations

from dataclasses import dataclass

from pki_manager.domain.people.identity import Claims, Provider
from pki_manager.domain.rights.actor import Role


@dataclass(frozen=True, slots=True)
class IdentityGrants:
    """The role, custom roles, and teams that rules assign. `role` is None if no rule assigns one; it has no default."""

    role: Role | None
    custom_roles: frozenset[str]
    teams: frozenset[str]


def apply_rules(provider: Provider, claims: Claims) -> IdentityGrants:
    """Return what the provider's rules assign for the claims. The first matching rule with a role decides the role.

    Custom roles and teams come from all matching rules. Values are compared exactly.
    """
    met = [rule for rule in provider.rules if rule.value in claims.values.get(rule.claim, ())]
    return IdentityGrants(
        role=next((rule.role for rule in met if rule.role is not None), None),
        custom_roles=frozenset(name for rule in met for name in rule.custom_roles),
        teams=frozenset(name for rule in met for name in rule.teams),
    )


def had_second_factor(provider: Provider, claims: Claims) -> bool:
    """Return whether the claims show that the user used a second factor, by the configured `amr` and `acr` values."""
    return bool(provider.second_factor_amr & claims.amr) or claims.acr in provider.second_factor_acr
