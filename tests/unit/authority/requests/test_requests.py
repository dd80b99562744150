"""Requests and approvals."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pki_manager.authority.cas.retire_ca import retire_ca
from pki_manager.authority.cas.views import show_ca
from pki_manager.authority.kernel.approvers import recount_approved
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.requests import approval_rules, approvals
from pki_manager.authority.requests.consequences import list_consequences
from pki_manager.authority.requests.issue_approved import proceed
from pki_manager.authority.requests.requests import (
    RequestQuery,
    SubmitRequest,
    cancel_request,
    comment_request,
    get_approval_id,
    list_requests,
    show_request,
    submit_request,
)
from pki_manager.domain.approval import Approval, ApprovalState
from pki_manager.domain.ca import CaState
from pki_manager.domain.enrollment import EnrollmentState
from pki_manager.domain.errors import ApprovalNeeded, Conflict, Forbidden, InvalidInput
from pki_manager.domain.request import RequestedContents
from pki_manager.domain.rights.actor import Actor, ActorKind, Role, build_system_actor
from pki_manager.policy.access import Permission
from pki_manager.policy.roles import list_builtin_grants
from pki_manager.ports.requests import ApprovalFilter
from pki_manager.x509 import pem
from tests.fakes.clock import FrozenClock
from tests.support.csrs import make_csr
from tests.support.memory.events import POWERLESS, records, refuses

WORKER = build_system_actor("worker")


def person(name: str, role: Role) -> Actor:
    return Actor(kind=ActorKind.LOCAL, id=f"local:{name}", name=name, via="rest", grants=list_builtin_grants(role))


ALICE = person("alice", Role.ADMINISTRATOR)
BOB = person("bob", Role.ADMINISTRATOR)
CAROL = person("carol", Role.REQUESTER)


@pytest.fixture
def retirement(ctx: Context) -> Approval:
    """The retirement of a CA that Alice asked for."""
    approval_rules.change_rules(ctx, ALICE, 0, [{"name": "retiring", "operation": "ca.retire"}])
    with pytest.raises(ApprovalNeeded) as waiting:
        retire_ca(ctx, ALICE, "Issuing CA")
    assert isinstance(waiting.value.subject, Approval)
    return waiting.value.subject


def new_request() -> SubmitRequest:
    csr = pem.read(make_csr("www.example.com"), pem.CSR_LABELS, "csr")
    return SubmitRequest(requested=RequestedContents(), ca="Issuing CA", profile="tls-server", csr_der=csr)


def test_rules_are_changed_as_a_whole_from_the_version_that_was_read(ctx: Context) -> None:
    assert approval_rules.show_rules(ctx, ALICE).version == 0
    body = [{"name": "retiring", "operation": "ca.retire"}]
    with records(ctx, "approval_rules.changed"):
        assert approval_rules.change_rules(ctx, ALICE, 0, body).version == 1
    with refuses(ctx, Conflict, "version"):
        approval_rules.change_rules(ctx, ALICE, 0, [])
    with refuses(ctx, Forbidden, Permission.APPROVAL_MANAGE):
        approval_rules.change_rules(ctx, POWERLESS, 1, [])


def test_an_approval_by_another_person_lets_the_operation_run(ctx: Context, retirement: Approval) -> None:
    shown, consequences = approvals.show_with_consequences(ctx, BOB, retirement.id)
    assert (shown, bool(consequences)) == (retirement, True)
    assert list_consequences(retirement, None, ctx.ports.clock.now())
    with refuses(ctx, Conflict, "changed"):
        approvals.approve(ctx, BOB, retirement.id, bytes(32))
    with records(ctx, "approval.given"):
        approvals.approve(ctx, BOB, retirement.id, retirement.sha256)
    with records(ctx, "approval.withdrawn"):
        approvals.withdraw(ctx, BOB, retirement.id)
    approvals.approve(ctx, BOB, retirement.id, retirement.sha256)
    assert recount_approved(ctx, WORKER) == 0
    with records(ctx, "approval.executed", "ca.retired"):
        retire_ca(ctx, ALICE, "Issuing CA")
    assert show_ca(ctx, ALICE, "Issuing CA").state is CaState.RETIRED


def test_the_requester_cannot_approve_and_can_cancel(ctx: Context, retirement: Approval) -> None:
    with refuses(ctx, Forbidden, "cannot"):
        approvals.approve(ctx, ALICE, retirement.id, retirement.sha256)
    with refuses(ctx, Forbidden, "requester"):
        approvals.cancel(ctx, BOB, retirement.id)
    with records(ctx, "approval.cancelled"):
        assert approvals.cancel(ctx, ALICE, retirement.id)[0].state is ApprovalState.CANCELLED
    with refuses(ctx, Conflict, "cancelled"):
        approvals.approve(ctx, BOB, retirement.id, retirement.sha256)


def test_a_rejection_has_a_reason(ctx: Context, retirement: Approval) -> None:
    with refuses(ctx, InvalidInput, "reason"):
        approvals.reject(ctx, BOB, retirement.id, "")
    with records(ctx, "approval.rejected"):
        assert approvals.reject(ctx, BOB, retirement.id, "Not now")[0].reason == "Not now"


def test_an_administrator_overrides_missing_approvals(ctx: Context, retirement: Approval) -> None:
    with records(ctx, "approval.overridden"):
        overridden, _ = approvals.override(ctx, ALICE, retirement.id, retirement.sha256, "Emergency")
    assert overridden.overridden_by == ALICE.id
    with refuses(ctx, Forbidden, Permission.APPROVAL_OVERRIDE):
        approvals.override(ctx, CAROL, retirement.id, retirement.sha256, "Emergency")


def test_an_approval_expires(ctx: Context, retirement: Approval, clock: FrozenClock) -> None:
    assert approvals.expire_due(ctx, WORKER) == 0
    clock.set(retirement.expires_at + timedelta(seconds=1))
    with records(ctx, "approval.expired"):
        assert approvals.expire_due(ctx, WORKER) == 1


def test_approvals_are_listed_for_those_who_can_give_them(ctx: Context, retirement: Approval) -> None:
    mine = ApprovalFilter(waits_for=approvals.get_approver(ctx, BOB))
    assert [one.id for one in approvals.list_approvals(ctx, BOB, mine, None, 10).items] == [retirement.id]
    with refuses(ctx, Forbidden, Permission.APPROVAL_READ):
        approvals.list_approvals(ctx, POWERLESS, ApprovalFilter(), None, 10)


def test_an_approved_request_is_issued(ctx: Context) -> None:
    view, _ = submit_request(ctx, CAROL, new_request())
    request_id = view.request.enrolment.id
    assert [one.request.enrolment.id for one in list_requests(ctx, CAROL, RequestQuery(), None, 10).items] == [
        request_id
    ]
    with records(ctx, "request.commented"):
        comment_request(ctx, CAROL, request_id, "For the new web server")
    approval = approvals.show_approval(ctx, BOB, get_approval_id(ctx, BOB, request_id))
    approvals.approve(ctx, BOB, approval.id, approval.sha256)
    proceed(ctx, WORKER, request_id)
    assert show_request(ctx, CAROL, request_id).request.enrolment.state is EnrollmentState.ISSUED
    with refuses(ctx, Forbidden, Permission.REQUEST_READ):
        show_request(ctx, POWERLESS, request_id)


def test_a_requester_cancels_a_waiting_request(ctx: Context) -> None:
    view, _ = submit_request(ctx, CAROL, new_request())
    request_id = view.request.enrolment.id
    with records(ctx, "request.cancelled"):
        cancel_request(ctx, CAROL, request_id)
    with refuses(ctx, Conflict, "cancelled"):
        cancel_request(ctx, CAROL, request_id)
    with refuses(ctx, Forbidden, Permission.REQUEST_SUBMIT):
        submit_request(ctx, POWERLESS, new_request())
