"""Approvals: operations that require approval, frozen operations that wait for it, and the approvers of each."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any
from uuid import UUID

from pki_manager.domain import codec
from pki_manager.domain.codec import Codec, Schema
from pki_manager.domain.duration import Duration
from pki_manager.domain.errors import FieldError, InvalidInput

MAX_NEEDED = 20
MAX_RULES = 200
MAX_GROUPS = 50
ANYBODY = "*"
"""The approver key that stands for every user who has the permission to approve."""

_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"))


class Operation(StrEnum):
    """Operation that approval rules can require approval for.

    `certificate.export_key` returns a generated private key. `role.change` is every change of permissions or sign-in:
    roles and their assignment, users, invitation links, second factors, service accounts, and team members.
    """

    CERTIFICATE_ISSUE = "certificate.issue"
    CERTIFICATE_EXPORT_KEY = "certificate.export_key"
    CERTIFICATE_BULK_FILE = "certificate.bulk_file"
    CERTIFICATE_BULK_REVOKE = "certificate.bulk_revoke"
    CA_CREATE = "ca.create"
    CA_INSTALL = "ca.install"
    CA_ROTATE = "ca.rotate"
    CA_CROSS_SIGN = "ca.cross_sign"
    CA_RESUME = "ca.resume"
    CA_RETIRE = "ca.retire"
    CA_REVOKE = "ca.revoke"
    KEY_DESTROY = "key.destroy"
    ROLE_CHANGE = "role.change"
    PROFILE_CHANGE = "profile.change"
    RULES_CHANGE = "approval_rules.change"
    CLOCK_ACCEPT = "clock.accept"


class ApprovalState(StrEnum):
    """State of an approval. `approved`: not run yet. `refused`: the operation could no longer run as approved."""

    WAITING = "waiting"
    APPROVED = "approved"
    EXECUTED = "executed"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalRule:
    """A rule that an operation requires the approval of `needed` different people.

    `profiles` and `cas` (IDs or names) limit it to objects; empty means all. Approvers are users with one of `roles` or
    in one of `teams` (IDs); without both, every user with the permission to approve. An approval expires after
    `expires`. `break_glass`: an administrator can override missing approvals.
    """

    name: str
    operation: Operation
    needed: int = 1
    profiles: tuple[str, ...] = ()
    cas: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()
    expires: Duration = Duration(0, 7 * 86400)
    break_glass: bool = True

    def approver_keys(self) -> tuple[str, ...]:
        """Return the keys by which approvers are found: `role:…`, `team:…`, or ANYBODY."""
        keys = (*(f"role:{role}" for role in self.roles), *(f"team:{team}" for team in self.teams))
        return keys or (ANYBODY,)


@dataclass(frozen=True, slots=True)
class RuleSet:
    """All approval rules of one version. An installation without rules has version 0."""

    version: int = 0
    rules: tuple[ApprovalRule, ...] = ()


@dataclass(frozen=True, slots=True)
class Consent:
    """One person's approval. `rules` are the names of the rules that it counts for."""

    person: str
    actor_id: str
    name: str
    at: datetime
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """A frozen operation that waits for approval. `body` is its canonical JSON, `sha256` the hash of that.

    What an approver sees is exactly what runs. `rules` are the rules that required approval when it was requested;
    `person` is the requester, and `authors` are all people who contributed to it and cannot approve it. `request_id` is
    the certificate request that waits for the approval. `overridden_by` is the administrator who overrode missing
    approvals.
    """

    id: UUID
    operation: Operation
    object_kind: str
    object_id: str
    request_id: UUID | None
    body: bytes
    sha256: bytes
    rules: tuple[ApprovalRule, ...]
    state: ApprovalState
    requested_by: str
    requester_name: str
    person: str
    team_id: UUID | None
    created_at: datetime
    changed_at: datetime
    expires_at: datetime
    reason: str | None = None
    overridden_by: str | None = None
    authors: tuple[str, ...] = ()
    given: tuple[Consent, ...] = ()

    def rule_names(self) -> tuple[str, ...]:
        return tuple(rule.name for rule in self.rules)

    def missing(self) -> dict[str, int]:
        """Return how many more people must approve, by rule name. Empty if it is approved or overridden."""
        if self.overridden_by is not None:
            return {}
        counts = {rule.name: sum(rule.name in consent.rules for consent in self.given) for rule in self.rules}
        return {rule.name: rule.needed - counts[rule.name] for rule in self.rules if counts[rule.name] < rule.needed}


def encode_canonical(body: Mapping[str, object]) -> bytes:
    """Return a body as canonical JSON: sorted keys, no spaces, ASCII."""
    return _CANONICAL.encode(body).encode("ascii")


def compute_digest(body: bytes) -> bytes:
    """Return the SHA-256 of a canonical body."""
    return hashlib.sha256(body).digest()


@lru_cache(maxsize=1)
def _rule() -> Codec:
    names = codec.items(codec.text(200), MAX_GROUPS)
    members = {
        "name": codec.text(100).says("Unique name, which audit events contain", minLength=1),
        "operation": codec.choice(Operation).says("Operation that needs approval"),
        "needed": codec.integer(1, MAX_NEEDED).says("Number of different people who must approve"),
        "profiles": names.says("Names of the profiles that the rule covers. Default: all"),
        "cas": names.says("IDs or names of the CAs that the rule covers. Default: all"),
        "roles": names.says("Roles that can approve. Without roles and teams, every user with the permission can"),
        "teams": names.says("IDs of teams whose members can approve"),
        "expires": codec.duration().says("Time after which an unused approval expires"),
        "break_glass": codec.flag().says("Whether an administrator can override missing approvals"),
    }
    return codec.record(ApprovalRule, members)


def build_rules_schema() -> Schema:
    """Return the JSON Schema of a list of rules."""
    return {"type": "array", "items": _rule().schema, "maxItems": MAX_RULES}


def parse_rules(value: object, at: str = "rules") -> tuple[ApprovalRule, ...]:
    """Return the approval rules in a list of JSON values.

    Raises InvalidInput with every error, for example a name that occurs twice.
    """
    rules: tuple[ApprovalRule, ...] = codec.items(_rule(), MAX_RULES).decode(value, at)
    faults = tuple(fault for position, rule in enumerate(rules) for fault in _faults(rule, f"{at}.{position}"))
    names = [rule.name for rule in rules]
    faults += tuple(
        FieldError(f"{at}.{position}.name", "approval_rule.name", "is already the name of another rule")
        for position, name in enumerate(names)
        if name in names[:position]
    )
    if faults:
        detail = "; ".join(f"{fault.field}: {fault.message}" for fault in faults)
        raise InvalidInput(detail, errors=faults)
    return rules


def parse_rule(value: object) -> ApprovalRule:
    """Return a stored rule, which can be a built-in one, from its JSON value."""
    rule: ApprovalRule = _rule().decode(value, "rule")
    return rule


def encode_rules(rules: tuple[ApprovalRule, ...]) -> list[dict[str, Any]]:
    """Return rules as JSON values that `parse_rules` reads."""
    return [codec.encode(rule) for rule in rules]


def _faults(rule: ApprovalRule, at: str) -> list[FieldError]:
    faults = []
    if not rule.name.strip() or not rule.name.isprintable() or rule.name.startswith(BUILT_IN):
        message = f"must be printable and not begin with {BUILT_IN!r}"
        faults.append(FieldError(f"{at}.name", "approval_rule.name", message))
    if not 1 <= rule.needed <= MAX_NEEDED:
        message = f"must be 1 to {MAX_NEEDED}"
        faults.append(FieldError(f"{at}.needed", "approval_rule.needed", message))
    narrowed = (("profiles", rule.profiles, _BY_PROFILE), ("cas", rule.cas, _BY_CA))
    for name, value, operations in narrowed:
        if value and rule.operation not in operations:
            message = f"cannot contain {name}, which does not apply to {rule.operation}"
            faults.append(FieldError(f"{at}.{name}", "approval_rule.object", message))
    return faults


BUILT_IN = "built-in:"
_BY_PROFILE = frozenset({Operation.CERTIFICATE_ISSUE, Operation.CERTIFICATE_EXPORT_KEY, Operation.PROFILE_CHANGE})
_BY_CA = frozenset(
    {
        Operation.CERTIFICATE_ISSUE,
        Operation.CERTIFICATE_EXPORT_KEY,
        Operation.CA_CREATE,
        Operation.CA_INSTALL,
        Operation.CA_ROTATE,
        Operation.CA_CROSS_SIGN,
        Operation.CA_RESUME,
        Operation.CA_RETIRE,
        Operation.CA_REVOKE,
        Operation.KEY_DESTROY,
    }
)
