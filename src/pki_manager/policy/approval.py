"""Which operations require approval: the installation's rules, and two that always apply."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from uuid import UUID

from pki_manager.domain.approval import (
    ANYBODY,
    BUILT_IN,
    ApprovalRule,
    Operation,
    RuleSet,
)
from pki_manager.domain.ca import CertificateAuthority
from pki_manager.domain.names import NameAttribute
from pki_manager.domain.profiles.profile import Profile
from pki_manager.domain.rights.actor import Actor, ActorKind, Grant, Role
from pki_manager.policy.access import Permission, Target, allowed
from pki_manager.policy.profile_review import is_for_clients, list_free_identities

REQUESTERS = ApprovalRule(name=f"{BUILT_IN}requesters", operation=Operation.CERTIFICATE_ISSUE)
"""Users who may request certificates but not issue them need an approver."""

CLIENT_IDENTITIES = ApprovalRule(name=f"{BUILT_IN}client-identities", operation=Operation.CERTIFICATE_ISSUE)
"""A requester who could not approve cannot choose the identity in a client certificate alone (ESC1 of AD CS)."""

RULES_THEMSELVES = ApprovalRule(
    name=f"{BUILT_IN}approval-rules", operation=Operation.RULES_CHANGE, roles=("administrator",)
)
"""Changes of approval rules need two people: one person could otherwise remove every other rule."""


@dataclass(frozen=True, slots=True)
class Touched:
    """The objects of an operation that rules can be limited to. `profile` is a name."""

    ca: CertificateAuthority | None = None
    profile: str | None = None


NOTHING = Touched()
"""An operation on no object that rules can be limited to."""

_APPROVING = frozenset({Permission.APPROVAL_APPROVE, Permission.REQUEST_APPROVE})


def list_required_rules(
    rules: RuleSet, operation: Operation, touched: Touched, actor: Actor
) -> tuple[ApprovalRule, ...]:
    """Return every approval rule that applies to an operation; all must be met. Empty for the program's own actors."""
    if actor.kind is ActorKind.SYSTEM:
        return ()
    found = tuple(rule for rule in rules.rules if rule.operation is operation and _is_about(rule, touched))
    if operation is Operation.RULES_CHANGE and rules.rules and not found:
        return (RULES_THEMSELVES,)
    return found


def list_rules_to_issue(
    rules: RuleSet,
    profile: Profile,
    ca: CertificateAuthority,
    actor: Actor,
    target: Target,
    *,
    with_key: bool = False,
) -> tuple[ApprovalRule, ...]:
    """Return every approval rule that applies to issuing a certificate, with those that always apply.

    `target` is the certificate as an access target; `with_key`: the server generates its private key. The holder of an
    enrollment credential is unknown and can be an approver, so each rule then requires one more person.
    """
    touched = Touched(ca, profile.name)
    found = list_required_rules(rules, Operation.CERTIFICATE_ISSUE, touched, actor)
    if with_key:
        found += list_required_rules(rules, Operation.CERTIFICATE_EXPORT_KEY, touched, actor)
    if not allowed(actor, Permission.CERTIFICATE_ISSUE, target):
        found += (REQUESTERS,)
    if is_free_identity(profile, target.claims) and not allowed(actor, Permission.REQUEST_APPROVE, target):
        found += (CLIENT_IDENTITIES,)
    if actor.has_unknown_holder:
        found = tuple(replace(rule, needed=rule.needed + 1) for rule in found)
    return found


def is_free_identity(profile: Profile, attributes: Iterable[NameAttribute]) -> bool:
    """Return whether the requester has chosen the name by which the certificate's holder signs in.

    Alternative names and a common name without limits always count; other subject attributes if they are among the
    certificate's `attributes`.
    """
    free = set(list_free_identities(profile)) if is_for_clients(profile) else set()
    return not free.isdisjoint({"sans", "CN", *(attribute.type for attribute in attributes)})


def list_approver_keys(actor: Actor, own: Iterable[Grant], teams: Iterable[UUID]) -> frozenset[str]:
    """Return the approver keys of an actor, by which rules name who may approve.

    `own` are the grants and `teams` the teams of the person behind the actor, at this moment. A token narrows the
    person's roles to its own role and never adds one.
    """
    person = tuple(own)
    roles = {grant.role for grant in person}.intersection(actor.roles)
    keys = {*(f"role:{role}" for role in roles), *(f"team:{team}" for team in teams)}
    return frozenset(keys | {ANYBODY} if _is_general(person) and _is_general(actor.grants) else keys)


def _is_general(grants: Iterable[Grant]) -> bool:
    """Return whether grants count for rules without roles and teams. CA operators approve only if a rule names them."""
    return any(grant.role != Role.CA_OPERATOR and grant.permissions & _APPROVING for grant in grants)


def list_counting_rules(rules: Iterable[ApprovalRule], keys: frozenset[str]) -> tuple[str, ...]:
    """Return the names of the rules that an approver with these keys counts for."""
    return tuple(rule.name for rule in rules if not keys.isdisjoint(rule.approver_keys()))


def _is_about(rule: ApprovalRule, touched: Touched) -> bool:
    """Return whether a rule covers the operation. A rule limited to objects does not cover operations without them."""
    if rule.profiles and touched.profile not in rule.profiles:
        return False
    return not rule.cas or (touched.ca is not None and not {str(touched.ca.id), touched.ca.name}.isdisjoint(rule.cas))
