"""Approval rules: one document, versioned as a whole. Changing existing rules requires approval."""

from __future__ import annotations

import hashlib

from pki_manager.authority.kernel import approval_gate
from pki_manager.authority.kernel.approval_gate import Act
from pki_manager.authority.kernel.context import Context
from pki_manager.domain.approval import Operation, RuleSet, encode_canonical, encode_rules, parse_rules
from pki_manager.domain.errors import Conflict
from pki_manager.domain.events.requests import ApprovalRulesChanged
from pki_manager.domain.rights.actor import Actor
from pki_manager.policy import access
from pki_manager.policy.access import Permission

OBJECT = "approval-rules"


def show_rules(ctx: Context, actor: Actor, version: int | None = None) -> RuleSet:
    """Return the approval rules. Default: the newest version. Raises NotFound for an unknown version."""
    access.require(actor, Permission.APPROVAL_READ)
    with ctx.ports.storage.read() as reader:
        return reader.approvals.get_rules(version)


def change_rules(ctx: Context, actor: Actor, version: int, body: object) -> RuleSet:
    """Replace all approval rules. `version` is the version that was edited.

    Raises InvalidInput with all errors of the new rules; Conflict if `version` is not the newest; ApprovalNeeded if
    there are rules already. Unchanged rules create no version.
    """
    access.require(actor, Permission.APPROVAL_MANAGE)
    rules = parse_rules(body)
    with ctx.ports.storage.read() as reader:
        newest = reader.approvals.get_rules()
    if rules == newest.rules:
        return newest
    if version != newest.version:
        raise Conflict(
            f"You edited version {version}, but the newest version is {newest.version}. Reload it and try again."
        )
    definition = encode_rules(rules)
    permit = approval_gate.ask(
        ctx,
        actor,
        Act(Operation.RULES_CHANGE, "approval_rules", OBJECT, {"version": version + 1, "rules": definition}),
    )
    made = RuleSet(version + 1, rules)
    now = ctx.ports.clock.now()
    with ctx.ports.storage.begin(actor) as uow:
        permit.use(uow, now)
        uow.approvals.put_rules(made, actor.id, now)
        uow.record(
            ApprovalRulesChanged(
                object_id=OBJECT,
                version=made.version,
                rules=tuple(rule.name for rule in rules),
                rules_sha256=hashlib.sha256(encode_canonical({"rules": definition})).hexdigest(),
            )
        )
    return made
