"""The approval gate: a use case asks here whether an operation requires approval, and marks the approval as used.

`permit = approval_gate.ask(ctx, actor, Act(Operation.CA_REVOKE, "ca", str(ca.id), {"reason": …}, Touched(ca)))`, then
`permit.use(uow, now)` in the unit of work of the operation, so that an approval is used once.

The first call stores (freezes) the operation and raises ApprovalNeeded. After approval, the requester sends the same
request again, and exactly the approved operation runs, with the permissions of that moment.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol

from pki_manager.authority.kernel.approvers import ConsentLapsed, drop_lapsed_approvals, recount, require_counted
from pki_manager.authority.kernel.authors import list_authors
from pki_manager.authority.kernel.context import Context
from pki_manager.domain import renames
from pki_manager.domain.approval import (
    Approval,
    ApprovalRule,
    ApprovalState,
    Operation,
    compute_digest,
    encode_canonical,
)
from pki_manager.domain.errors import ApprovalNeeded, Conflict
from pki_manager.domain.events.requests import ApprovalExecuted, ApprovalRequested, build_approval_voided
from pki_manager.domain.rights.actor import Actor
from pki_manager.policy.approval import NOTHING, Touched, list_required_rules
from pki_manager.ports.unit_of_work import UnitOfWork

_OPEN = (ApprovalState.WAITING, ApprovalState.APPROVED)

TERMS = "terms"
"""Name of the member of a frozen body that holds the values, besides the request, that decide the result."""


class ApprovalTerms(Protocol):
    """The values, besides the request, that decide the result of an operation."""

    def body(self) -> dict[str, object]:
        """Return the terms as JSON values."""
        ...

    def require_unchanged(self, uow: UnitOfWork) -> None:
        """Raise Conflict if the terms have changed."""
        ...


@dataclass(frozen=True, slots=True)
class Act:
    """An operation that can require approval. `body` contains the values that decide it, as JSON, without secrets.

    `terms` computes the other values that decide the result. It is called only if approval is required, and its result
    is frozen in the member `terms` of the body. `recheck` raises Conflict, in the unit of work of the operation, if the
    objects have changed since.
    """

    operation: Operation
    object_kind: str
    object_id: str
    body: Mapping[str, object]
    touched: Touched = NOTHING
    terms: Callable[[], ApprovalTerms] | None = field(default=None, compare=False)
    recheck: Callable[[UnitOfWork], None] | None = field(default=None, compare=False)

    def settled(self) -> Act:
        """Return a copy of the operation whose body includes its computed terms."""
        if self.terms is None:
            return self
        terms = self.terms()
        return replace(self, body={**self.body, TERMS: terms.body()}, terms=None, recheck=terms.require_unchanged)

    def canonical(self) -> bytes:
        about = {"operation": self.operation, "object": {"kind": self.object_kind, "id": self.object_id}}
        return encode_canonical({**about, **self.body})

    def is_frozen_in(self, approval: Approval) -> bool:
        """Return whether the approval is for this operation, also if its body was stored with former names."""
        own = self.canonical()
        return approval.sha256 == compute_digest(own) or _in_current_names(approval.body) == own


@dataclass(frozen=True, slots=True)
class Permit:
    """Permission to run an operation. `approval` is the approval that it is based on; None if none was required."""

    ctx: Context
    rules_version: int
    approval: Approval | None = None
    recheck: Callable[[UnitOfWork], None] | None = None

    def use(self, uow: UnitOfWork, now: datetime) -> None:
        """Mark the approval as used, in the unit of work of the operation.

        Raises Conflict if the rules, the approval, or the objects have changed, or if an approver may no longer
        approve.
        """
        if uow.approvals.get_rules().version != self.rules_version:
            raise Conflict("The approval rules were changed by another request. Retry.")
        if self.approval is None:
            return
        if self.recheck is not None:
            self.recheck(uow)
        try:
            approval = require_counted(self.ctx, uow, self.approval.id)
        except ConsentLapsed:
            raise Conflict("An approver may no longer approve this. Send the request again.") from None
        if not uow.approvals.move(approval.id, (ApprovalState.APPROVED,), ApprovalState.EXECUTED, now):
            raise Conflict("The approval was used or withdrawn by another request.")
        uow.record(
            ApprovalExecuted(
                object_id=str(approval.id),
                operation=approval.operation,
                target=approval.object_id,
                sha256=approval.sha256.hex(),
                rules=approval.rule_names(),
                given_by=tuple(consent.actor_id for consent in approval.given),
                overridden_by=approval.overridden_by,
            )
        )


def ask(ctx: Context, actor: Actor, act: Act) -> Permit:
    """Return permission to run the operation, or raise ApprovalNeeded if it waits for approval.

    The caller must have checked the actor's own permissions before.
    """
    now = ctx.ports.clock.now()
    with ctx.ports.storage.read() as reader:
        rules = reader.approvals.get_rules()
        required = list_required_rules(rules, act.operation, act.touched, actor)
        if not required:
            return Permit(ctx, rules.version)
    act = act.settled()
    with ctx.ports.storage.read() as reader:
        others = reader.approvals.open_of(actor.owner, act.object_id)
        found = next((one for one in others if act.is_frozen_in(one)), None)
        counts = found is not None and not drop_lapsed_approvals(ctx, reader, found).missing()
    if found is not None and found.rules == required and now <= found.expires_at:
        if found.state is ApprovalState.APPROVED and counts:
            return Permit(ctx, rules.version, found, act.recheck)
        raise build_approval_needed(recount(ctx, actor, found.id))
    void = tuple((one, why) for one in others if (why := _why_void(one, act)) is not None)
    raise build_approval_needed(_freeze(ctx, actor, act, required, found, void, now))


def _in_current_names(body: bytes) -> bytes:
    renamed = renames.to_current(json.loads(body))
    return encode_canonical(renamed) if isinstance(renamed, dict) else body


def _why_void(earlier: Approval, act: Act) -> str | None:
    """Return why an open approval of the same request is void: its result would now differ. None if it is not void."""
    before, after = json.loads(earlier.body), json.loads(act.canonical())
    old, new = before.pop(TERMS, None), after.pop(TERMS, None)
    if new is None or old is None or before != after or old == new:
        return None
    return f"The result would differ from what was approved. Changed since: {_changes(old, new)}."


def _changes(before: dict[str, object], after: dict[str, object]) -> str:
    """Return the names of the terms that differ, separated by commas."""
    found = [name for name in after if name != "planned" and before.get(name) != after[name]]
    old, new = before.get("planned"), after.get("planned")
    if isinstance(old, dict) and isinstance(new, dict):
        found += [name for name in sorted(new) if old.get(name) != new[name]]
    return ", ".join(found) or "the terms"


def build_approval_needed(approval: Approval) -> ApprovalNeeded:
    """Return the error that says which approval the operation waits for."""
    names = ", ".join(approval.rule_names())
    return ApprovalNeeded(
        f"Approval {approval.id} is waiting for approvers ({names}). Send the same request again after it is approved.",
        approval,
    )


def _freeze(
    ctx: Context,
    actor: Actor,
    act: Act,
    rules: tuple[ApprovalRule, ...],
    outdated: Approval | None,
    void: tuple[tuple[Approval, str], ...],
    now: datetime,
) -> Approval:
    """Store a new approval, and end the open approvals that it replaces.

    `outdated` is an approval of the same operation that has expired or is based on other rules. `void` are approvals
    whose operation would now have another result, each with the reason. Raises Conflict if a parallel request was
    faster.
    """
    approval = _new_approval(ctx, actor, act, rules, now)
    with ctx.ports.storage.begin(actor) as uow:
        approval = replace(approval, authors=list_authors(uow, actor))
        if outdated is not None:
            uow.approvals.move(outdated.id, _OPEN, ApprovalState.EXPIRED, now, reason="It was requested again.")
        for earlier, why in void:
            if uow.approvals.move(earlier.id, _OPEN, ApprovalState.REFUSED, now, reason=why):
                uow.record(build_approval_voided(earlier, why))
        if not uow.approvals.add(approval):
            raise Conflict("The same operation was requested at the same time. Retry.")
        uow.record(
            ApprovalRequested(
                object_id=str(approval.id),
                operation=approval.operation,
                target=approval.object_id,
                sha256=approval.sha256.hex(),
                rules=approval.rule_names(),
            )
        )
    return approval


def _new_approval(ctx: Context, actor: Actor, act: Act, rules: tuple[ApprovalRule, ...], now: datetime) -> Approval:
    body = act.canonical()
    return Approval(
        id=ctx.new_id(),
        operation=act.operation,
        object_kind=act.object_kind,
        object_id=act.object_id,
        request_id=None,
        body=body,
        sha256=compute_digest(body),
        rules=rules,
        state=ApprovalState.WAITING,
        requested_by=actor.id,
        requester_name=actor.name,
        person=actor.owner,
        team_id=actor.team_id,
        created_at=now,
        changed_at=now,
        expires_at=min(rule.expires.after(now) for rule in rules),
    )
