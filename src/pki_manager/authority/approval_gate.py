"""THE gate: a use case asks here, in one place, whether an act needs the consent of others, and uses what it was given.

    permit = approval_gate.ask(authority, actor, Act(Operation.CA_REVOKE, "ca", str(ca.id), {"reason": …}, Touched(ca)))
    with authority.storage.begin(actor) as uow:
        permit.use(uow, now)          # in the transaction of the act itself: an approval is used once
        …

The first call freezes the act and raises ApprovalNeeded. Once it is approved, whoever asked asks again with the same
body, and the very act that was approved is done: through the whole use case, with that moment's rights.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from pki_manager.authority.approvers import ConsentLapsed, counted, recount, require_counted
from pki_manager.authority.authors import authors_of
from pki_manager.authority.context import Authority
from pki_manager.domain.actor import Actor
from pki_manager.domain.approval import Approval, ApprovalRule, ApprovalState, Operation, canonical, digest
from pki_manager.domain.errors import ApprovalNeeded, Conflict
from pki_manager.domain.request_events import ApprovalExecuted, ApprovalRequested
from pki_manager.policy.approval import NOTHING, Touched, demanded
from pki_manager.ports.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Act:
    """What is about to be done. `body` is all that decides what is done, as JSON values, and holds no secret."""

    operation: Operation
    object_kind: str
    object_id: str
    body: Mapping[str, object]
    touched: Touched = NOTHING

    def canonical(self) -> bytes:
        about = {"operation": self.operation, "object": {"kind": self.object_kind, "id": self.object_id}}
        return canonical({**about, **self.body})


@dataclass(frozen=True, slots=True)
class Permit:
    """Leave to do an act. `approval` is what it is by, None where nobody had to approve it."""

    authority: Authority
    rules_version: int
    approval: Approval | None = None

    def use(self, uow: UnitOfWork, now: datetime) -> None:
        """Use the approval up, in the unit of what was approved.

        Conflict where the rules or the approval have changed, or an approver may approve it no longer.
        """
        if uow.approvals.rules().version != self.rules_version:
            raise Conflict("the approval rules were changed a moment ago: ask again")
        if self.approval is None:
            return
        try:
            approval = require_counted(self.authority, uow, self.approval.id)
        except ConsentLapsed:
            raise Conflict("An approver may no longer approve this. Send the request again.") from None
        if not uow.approvals.move(approval.id, (ApprovalState.APPROVED,), ApprovalState.EXECUTED, now):
            raise Conflict("the approval was used or withdrawn a moment ago")
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


def ask(authority: Authority, actor: Actor, act: Act) -> Permit:
    """Leave to do it, or ApprovalNeeded with what waits now. The actor's own rights were checked before."""
    now = authority.clock.now()
    with authority.storage.read() as reader:
        rules = reader.approvals.rules()
        wanted = demanded(rules, act.operation, act.touched, actor)
        if not wanted:
            return Permit(authority, rules.version)
        found = reader.approvals.find_open(actor.owner, act.object_id, digest(act.canonical()))
        counts = found is not None and not counted(authority, reader, found).missing()
    if found is not None and found.rules == wanted and now <= found.expires_at:
        if found.state is ApprovalState.APPROVED and counts:
            return Permit(authority, rules.version, found)
        raise needed(recount(authority, actor, found.id))
    raise needed(_freeze(authority, actor, act, wanted, found, now))


def needed(approval: Approval) -> ApprovalNeeded:
    names = ", ".join(approval.rule_names())
    return ApprovalNeeded(f"approval {approval.id} waits for others to approve it ({names})", approval)


def _freeze(
    authority: Authority,
    actor: Actor,
    act: Act,
    rules: tuple[ApprovalRule, ...],
    outdated: Approval | None,
    now: datetime,
) -> Approval:
    """A new approval; one of the same act that is past its time, or by other rules, makes room for it."""
    body = act.canonical()
    approval = Approval(
        id=authority.new_id(),
        operation=act.operation,
        object_kind=act.object_kind,
        object_id=act.object_id,
        request_id=None,
        body=body,
        sha256=digest(body),
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
    with authority.storage.begin(actor) as uow:
        approval = replace(approval, authors=authors_of(uow, actor))
        if outdated is not None:
            still_open = (ApprovalState.WAITING, ApprovalState.APPROVED)
            uow.approvals.move(outdated.id, still_open, ApprovalState.EXPIRED, now, reason="it was asked for anew")
        if not uow.approvals.add(approval):
            raise Conflict("the same was asked for a moment ago: ask again")
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
