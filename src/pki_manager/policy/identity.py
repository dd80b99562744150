"""What a provider's claims make of a user: a pure decision by the rules that the operator has set."""

from __future__ import annotations

from dataclasses import dataclass

from pki_manager.domain.people.identity import Claims, Provider
from pki_manager.domain.rights.actor import Role


@dataclass(frozen=True, slots=True)
class IdentityGrants:
    """`role` is None where no rule gives one: never a default."""

    role: Role | None
    custom_roles: frozenset[str]
    teams: frozenset[str]


def given_by(provider: Provider, claims: Claims) -> IdentityGrants:
    """The first rule that meets and names a role gives it; custom roles and teams come from all that meet.

    Values are compared exactly.
    """
    met = [rule for rule in provider.rules if rule.value in claims.values.get(rule.claim, ())]
    return IdentityGrants(
        role=next((rule.role for rule in met if rule.role is not None), None),
        custom_roles=frozenset(name for rule in met for name in rule.custom_roles),
        teams=frozenset(name for rule in met for name in rule.teams),
    )


def had_second_factor(provider: Provider, claims: Claims) -> bool:
    """Whether the provider says, in words that the operator has named, that there was more than a password."""
    return bool(provider.second_factor_amr & claims.amr) or claims.acr in provider.second_factor_acr
