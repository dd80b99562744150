"""The approval rules that apply to an operation: those of the installation, and built-in ones."""

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
from pki_manager.policy.access import Permission, Target, is_allowed
from pki_manager.policy.profile_review import is_for_clients, list_free_identities

REQUESTERS = ApprovalRule(name=f"{BUILT_IN}requesters", operation=Operation.CERTIFICATE_ISSUE)
"""Built-in rule: a certificate request needs an approver if the requester may not issue the certificate."""

CLIENT_IDENTITIES = ApprovalRule(name=f"{BUILT_IN}client-identities", operation=Operation.CERTIFICATE_ISSUE)
"""Built-in rule: client certificates with a name chosen by the requester need an approver (ESC1 of AD CS).

The rule does not apply to requesters who may approve such a request.
"""

RULES_THEMSELVES = ApprovalRule(
    name=f"{BUILT_IN}approval-rules", operation=Operation.RULES_CHANGE, roles=("administrator",)
)
"""Built-in rule: changes of approval rules need a second person, because one person could remove all rules otherwise.

The rule applies if there are approval rules and none of them covers changes of rules.
"""


@dataclass(frozen=True, slots=True)
class Touched:
    """The objects that an operation concerns, as far as rules can be limited to them. `profile` is a name."""

    ca: CertificateAuthority | None = None
    profile: str | None = None


NOTHING = Touched()
"""The objects of an operation that concerns none that rules can be limited to."""

_APPROVING = frozenset({Permission.APPROVAL_APPROVE, Permission.REQUEST_APPROVE})


def list_required_rules(
    rules: RuleSet, operation: Operation, touched: Touched, actor: Actor
) -> tuple[ApprovalRule, ...]:
    """Return every approval rule that applies to an operation. All of them must be met.

    The result is empty for actors of the program itself, such as the scheduler.
    """
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
    """Return every approval rule that applies to issuing a certificate, including the built-in rules.

    `target` is the certificate as an access target; with `with_key` the server generates its private key. The holder of
    an enrollment credential is unknown and can be an approver, so each rule then requires one more person.
    """
    touched = Touched(ca, profile.name)
    found = list_required_rules(rules, Operation.CERTIFICATE_ISSUE, touched, actor)
    if with_key:
        found += list_required_rules(rules, Operation.CERTIFICATE_EXPORT_KEY, touched, actor)
    if not is_allowed(actor, Permission.CERTIFICATE_ISSUE, target):
        found += (REQUESTERS,)
    if is_free_identity(profile, target.claims) and not is_allowed(actor, Permission.REQUEST_APPROVE, target):
        found += (CLIENT_IDENTITIES,)
    if actor.has_unknown_holder:
        found = tuple(replace(rule, needed=rule.needed + 1) for rule in found)
    return found


def is_free_identity(profile: Profile, attributes: Iterable[NameAttribute]) -> bool:
    """Return whether the requester can freely choose a name with which the certificate's holder signs in.

    Only profiles whose certificates allow signing in count. Alternative names and a common name that the profile does
    not limit always count; other free subject attributes count if they are among the certificate's `attributes`.
    """
    free = set(list_free_identities(profile)) if is_for_clients(profile) else set()
    return not free.isdisjoint({"sans", "CN", *(attribute.type for attribute in attributes)})


def list_approver_keys(actor: Actor, own: Iterable[Grant], teams: Iterable[UUID]) -> frozenset[str]:
    """Return the approver keys of an actor. Approval rules name approvers by these keys.

    `own` are the current grants and `teams` the current teams of the person behind the actor. A token limits the
    person's roles to its role and never adds one.
    """
    person = tuple(own)
    roles = {grant.role for grant in person}.intersection(actor.roles)
    keys = {*(f"role:{role}" for role in roles), *(f"team:{team}" for team in teams)}
    return frozenset(keys | {ANYBODY} if _is_general(person) and _is_general(actor.grants) else keys)


def _is_general(grants: Iterable[Grant]) -> bool:
    """Return whether grants allow approving by rules that name no roles and teams.

    CA operators approve only by rules that name their role.
    """
    return any(grant.role != Role.CA_OPERATOR and grant.permissions & _APPROVING for grant in grants)


def list_counting_rules(rules: Iterable[ApprovalRule], keys: frozenset[str]) -> tuple[str, ...]:
    """Return the names of the rules for which an approval by a person with these approver keys counts."""
    return tuple(rule.name for rule in rules if not keys.isdisjoint(rule.approver_keys()))


def _is_about(rule: ApprovalRule, touched: Touched) -> bool:
    """Return whether a rule covers the operation. A rule limited to objects covers only operations on those objects."""
    if rule.profiles and touched.profile not in rule.profiles:
        return False
    return not rule.cas or (touched.ca is not None and not {str(touched.ca.id), touched.ca.name}.isdisjoint(rule.cas))
