"""Consent in the heart itself, whatever the door asked before: by who may, about what they may know, not one's own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from pki_manager.authority.cas.retire_ca import retire_ca
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.requests import approval_rules, approvals
from pki_manager.authority.requests.requests import SubmitRequest, get_approval_id, submit_request
from pki_manager.domain.approval import Approval, ApprovalState
from pki_manager.domain.errors import ApprovalNeeded, Conflict, Forbidden, NotFound
from pki_manager.domain.request import RequestedContents
from pki_manager.domain.rights.actor import Actor, ActorKind, Grant, Role, Scope
from pki_manager.policy.access import Permission
from pki_manager.policy.roles import list_builtin_grants
from pki_manager.x509 import pem
from tests.support.csrs import make_csr

Verb = Callable[[Context, Actor, Approval], object]

GIVING: dict[str, Verb] = {
    "approve": lambda at, who, one: approvals.approve(at, who, one.id, one.sha256),
    "withdraw": lambda at, who, one: approvals.withdraw(at, who, one.id),
    "reject": lambda at, who, one: approvals.reject(at, who, one.id, "no"),
}


def person(name: str, *grants: Grant) -> Actor:
    return Actor(kind=ActorKind.LOCAL, id=f"local:{name}", name=name, via="rest", grants=grants)


ASKING = person("asking", *list_builtin_grants(Role.ADMINISTRATOR))
OTHER = person("other", *list_builtin_grants(Role.ADMINISTRATOR))


@pytest.fixture
def frozen(ctx: Context) -> Approval:
    """The retirement of a CA, which waits for somebody."""
    approval_rules.change_rules(ctx, ASKING, 0, [{"name": "retiring", "operation": "ca.retire"}])
    with pytest.raises(ApprovalNeeded) as waiting:
        retire_ca(ctx, ASKING, "Issuing CA")
    assert isinstance(waiting.value.subject, Approval)
    return waiting.value.subject


@pytest.fixture
def of_a_request(ctx: Context) -> Approval:
    requester = person("requester", *list_builtin_grants(Role.REQUESTER))
    csr = pem.read(make_csr("www.example.com"), pem.CSR_LABELS, "csr")
    wish = SubmitRequest(requested=RequestedContents(), ca="Issuing CA", profile="tls-server", csr_der=csr)
    view, _ = submit_request(ctx, requester, wish)
    identifier = get_approval_id(ctx, OTHER, view.request.enrolment.id)
    return approvals.show_approval(ctx, OTHER, identifier)


@pytest.mark.parametrize("verb", GIVING)
def test_consent_needs_its_permission(ctx: Context, frozen: Approval, verb: str) -> None:
    everything_else = Grant(role="most", permissions=frozenset(Permission) - {Permission.APPROVAL_APPROVE})
    with pytest.raises(Forbidden, match="approval:approve"):
        GIVING[verb](ctx, person("most", everything_else), frozen)


@pytest.mark.parametrize("verb", GIVING)
def test_a_request_that_one_may_not_know_of_is_not_there(ctx: Context, of_a_request: Approval, verb: str) -> None:
    elsewhere = Grant(role="elsewhere", permissions=frozenset(Permission), scope=Scope(profiles=frozenset({"other"})))
    with pytest.raises(NotFound, match=r"Request .* not found"):
        GIVING[verb](ctx, person("elsewhere", elsewhere), of_a_request)
    reading = Grant(role="reading", permissions=frozenset({Permission.REQUEST_READ, Permission.APPROVAL_APPROVE}))
    with pytest.raises(Forbidden, match="request:approve"):
        GIVING[verb](ctx, person("reading", reading), of_a_request)


@pytest.mark.parametrize("verb", ["approve", "reject"])
def test_nobody_decides_about_his_own(ctx: Context, frozen: Approval, verb: str) -> None:
    with pytest.raises(Forbidden) as refused:
        GIVING[verb](ctx, ASKING, frozen)
    assert refused.value.rule == "approval.own"
    GIVING[verb](ctx, OTHER, frozen)


def test_who_is_no_approver_by_the_rules_neither_consents_nor_refuses(ctx: Context) -> None:
    rule = {"name": "auditors", "operation": "ca.retire", "roles": ["auditor"]}
    approval_rules.change_rules(ctx, ASKING, 0, [rule])
    with pytest.raises(ApprovalNeeded) as waiting:
        retire_ca(ctx, ASKING, "Issuing CA")
    assert isinstance(waiting.value.subject, Approval)
    for verb in ("approve", "reject"):
        with pytest.raises(Forbidden) as refused:
            GIVING[verb](ctx, OTHER, waiting.value.subject)
        assert refused.value.rule == "approval.group"


def test_who_asked_cancels_and_others_do_not(ctx: Context, frozen: Approval) -> None:
    with pytest.raises(Forbidden, match="Only the requester"):
        approvals.cancel(ctx, OTHER, frozen.id)
    weaker = replace(ASKING, grants=())
    with pytest.raises(Forbidden, match="Requires the permission `approval:approve`"):
        approvals.cancel(ctx, weaker, frozen.id)
    assert approvals.cancel(ctx, ASKING, frozen.id)[0].state is ApprovalState.CANCELLED
    with pytest.raises(Conflict, match="The approval is cancelled and cannot be changed"):
        approvals.approve(ctx, OTHER, frozen.id, frozen.sha256)
