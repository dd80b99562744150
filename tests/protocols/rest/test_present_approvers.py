"""An approval counts while its giver may still give it, up to the transaction that does what was approved."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pki_manager.authority.kernel.approvers import recount_approved
from pki_manager.domain.rights.actor import Role, build_system_actor
from tests.protocols.rest.door import Door, Reply, unique
from tests.protocols.rest.queue import Queue, furnish_queue
from tests.protocols.rest.test_self_approval import refused, send, team_of, user_id
from tests.support.people import Browser, make_user

Loss = Callable[[Queue, Door], Reply]
TARGET, BODY = "/cas/Issuing%20CA/revoke", {"reason": "cessationOfOperation"}


@pytest.fixture
def queue(tmp_path: Path, database_url: str) -> Iterator[Queue]:
    made = furnish_queue(tmp_path, database_url)
    yield made
    made.house.ctx.ports.storage.close()


def disable(queue: Queue, person: Door) -> Reply:
    return queue.administrator.post(f"/users/{user_id(person)}/disable")


def demote(queue: Queue, person: Door) -> Reply:
    body = {"display_name": "Demoted", "role": "auditor"}
    return send(queue.administrator, "PUT", f"/users/{user_id(person)}", body)


LOSSES: dict[str, Loss] = {"disabled": disable, "demoted": demote}


def actions(queue: Queue, identifier: str) -> list[str]:
    return [event["action"] for event in queue.events(object_id=identifier)]


def freeze(queue: Queue) -> Any:
    waiting = queue.administrator.post(TARGET, BODY)
    assert waiting.status == 202, waiting.body
    return waiting.json["approval"]


def consent(door: Door, approval: Any) -> Reply:
    return door.post(f"/approvals/{approval['id']}/approve", {"sha256": approval["sha256"]})


@pytest.mark.parametrize("loss", LOSSES)
def test_aut_05_a_lost_approver_is_missing_when_the_next_one_approves(queue: Queue, loss: str) -> None:
    queue.demand({"name": "two", "operation": "certificate.issue", "needed": 2})
    first, second, third = queue.approvers
    request = queue.submit()
    assert queue.approve(first, request).status == 200
    assert LOSSES[loss](queue, first).status == 200
    after = queue.approve(second, request)
    assert (after.status, after.json["state"]) == (200, "awaiting_approval")
    assert len(after.json["approvals"]["given"]) == 1
    assert "request.approval_lapsed" in actions(queue, request["id"])
    assert queue.approve(third, request).json["state"] == "ready"
    queue.work()
    assert queue.show(request)["state"] == "issued"


@pytest.mark.parametrize("loss", LOSSES)
def test_aut_05_what_a_lost_approver_approved_is_not_issued_and_waits_again(queue: Queue, loss: str) -> None:
    first, second, _ = queue.approvers
    request = queue.submit()
    assert queue.approve(first, request).json["state"] == "ready"
    assert LOSSES[loss](queue, first).status == 200
    assert queue.show(request)["state"] == "awaiting_approval"
    queue.work()
    assert actions(queue, request["id"])[-1] == "request.approval_lapsed"
    shown = queue.show(request)
    assert (shown["state"], shown["approvals"]["given"], shown["certificate"]) == ("awaiting_approval", [], None)
    assert queue.approve(second, request).json["state"] == "ready"
    queue.work()
    assert queue.show(request)["state"] == "issued"


def test_aut_05_the_list_shows_soon_that_an_approval_lapsed(queue: Queue) -> None:
    request = queue.submit()
    assert queue.approve(queue.approvers[0], request).json["state"] == "ready"
    assert recount_approved(queue.house.ctx, build_system_actor("worker")) == 0
    assert disable(queue, queue.approvers[0]).status == 200
    assert recount_approved(queue.house.ctx, build_system_actor("worker")) == 1
    waiting = queue.approvers[1].get("/requests?needs_my_approval=true").json["items"]
    assert [one["id"] for one in waiting] == [request["id"]]


@pytest.mark.parametrize("loss", LOSSES)
def test_aut_05_a_frozen_operation_waits_again_without_its_approver(queue: Queue, loss: str) -> None:
    queue.demand({"name": "one", "operation": "ca.revoke"})
    first, second, _ = queue.approvers
    approval = freeze(queue)
    assert consent(first, approval).json["state"] == "approved"
    assert LOSSES[loss](queue, first).status == 200
    assert queue.auditor.get(f"/approvals/{approval['id']}").json["state"] == "waiting"
    again = queue.administrator.post(TARGET, BODY)
    assert (again.status, again.json["approval"]["id"]) == (202, approval["id"])
    assert actions(queue, approval["id"])[-1] == "approval.lapsed"
    assert queue.administrator.get("/cas/Issuing%20CA").json["state"] == "active"
    assert consent(second, approval).json["state"] == "approved"
    assert queue.administrator.post(TARGET, BODY).status == 200


def test_who_left_the_team_or_lost_the_role_that_a_rule_names(queue: Queue) -> None:
    first, second, third = queue.approvers
    team = team_of(queue, first, second)
    officer = unique("officer")
    made = queue.administrator.post("/roles", {"name": officer, "permissions": ["approval:approve"]})
    assert made.status == 201, made.body
    assert queue.administrator.send("PUT", f"/roles/{officer}/holders/{user_id(third)}").status == 200
    queue.demand(
        {"name": "team", "operation": "ca.revoke", "teams": [team]},
        {"name": "officers", "operation": "ca.revoke", "roles": [officer]},
    )
    approval = freeze(queue)
    officer_now = replace(third, actor=with_roles(third, officer))
    assert consent(first, approval).status == 200
    assert consent(officer_now, approval).json["state"] == "approved"
    assert queue.administrator.send("DELETE", f"/teams/{team}/members/{user_id(first)}").status == 204
    assert queue.administrator.post(TARGET, BODY).status == 202
    assert consent(second, approval).json["state"] == "approved"
    assert queue.administrator.send("DELETE", f"/roles/{officer}/holders/{user_id(third)}").status == 204
    assert queue.administrator.post(TARGET, BODY).status == 202


def with_roles(door: Door, *roles: str) -> Any:
    """The actor of a session that began after the roles were assigned."""
    assert door.actor is not None
    grants = tuple(replace(door.actor.grants[0], role=role) for role in roles)
    return replace(door.actor, grants=(*door.actor.grants, *grants))


def test_a_token_that_was_revoked_approved_nothing(queue: Queue) -> None:
    queue.demand({"name": "one", "operation": "ca.revoke"})
    first = queue.approvers[0]
    made = first.post("/tokens", {"name": "t", "role": "registration-authority", "expires": "P1D"})
    assert made.status == 201, made.body
    approval = freeze(queue)
    assert consent(first.with_token(made.json["token"]), approval).json["state"] == "approved"
    assert first.post(f"/tokens/{made.json['id']}/revoke").status == 200
    assert queue.administrator.post(TARGET, BODY).status == 202


def test_an_override_counts_while_its_administrator_is_one(queue: Queue) -> None:
    queue.demand({"name": "one", "operation": "ca.revoke"})
    approval = freeze(queue)
    body = {"sha256": approval["sha256"], "reason": "the others are away"}
    overridden = queue.other_administrator.post(f"/approvals/{approval['id']}/override", body)
    assert overridden.json["state"] == "approved", overridden.body
    assert demote(queue, queue.other_administrator).status == 200
    assert queue.administrator.post(TARGET, BODY).status == 202
    assert queue.auditor.get(f"/approvals/{approval['id']}").json["approvals"]["overridden_by"] is None


def test_a_token_makes_nobody_an_approver_of_a_role_they_do_not_have(queue: Queue) -> None:
    """An administrator covers every role; a rule that names a role means who has it."""
    officer = unique("officer")
    permissions = ["approval:approve", "approval:read"]
    assert queue.administrator.post("/roles", {"name": officer, "permissions": permissions}).status == 201
    queue.demand({"name": "officers", "operation": "ca.revoke", "roles": [officer]})
    approval = freeze(queue)
    user = make_user(queue.house.ctx, Role.ADMINISTRATOR)
    browser = Browser(queue.house.door)
    assert browser.sign_in(user.login).status == 201
    made = browser.post("/tokens", {"name": "t", "role": officer, "expires": "P1D"})
    assert made.status == 201, made.body
    by_token = queue.house.door.with_token(made.json["token"])
    assert refused(consent(by_token, approval)) == (403, "approval.group")
    waiting = by_token.get("/approvals?needs_my_approval=true").json["items"]
    assert approval["id"] not in [one["id"] for one in waiting]
    assert queue.administrator.send("PUT", f"/roles/{officer}/holders/{user.id}").status == 200
    assert consent(by_token, approval).json["state"] == "approved"


def test_who_leaves_the_team_stays_an_author_of_what_its_account_asked_for(queue: Queue) -> None:
    queue.demand({"name": "always", "operation": "certificate.issue"})
    first, second, _ = queue.approvers
    team = team_of(queue, first)
    wish = {"name": unique("account"), "role": "registration-authority", "team": team}
    account = queue.administrator.post("/service-accounts", wish).json["id"]
    body = {"name": unique("t"), "role": "registration-authority", "expires": "P1D", "service_account": account}
    token = queue.administrator.post("/tokens", body)
    request = queue.submit(queue.house.door.with_token(token.json["token"]))
    assert queue.administrator.send("DELETE", f"/teams/{team}/members/{user_id(first)}").status == 204
    assert refused(queue.approve(first, request)) == (403, "approval.own")
    assert queue.approve(second, request).status == 200


def test_who_was_put_on_hold_does_not_let_themselves_go(queue: Queue) -> None:
    """Nor by a renewal that was approved before."""
    first, second, _ = queue.approvers
    request = queue.submit()
    assert queue.approve(first, request).status == 200
    queue.work()
    certificate = queue.show(request)["certificate"]
    renewal = queue.submit(renews=certificate)
    assert queue.approve(second, renewal).json["state"] == "ready"
    assert first.post(f"/certificates/{certificate}/hold").status == 200
    assert queue.requester.post(f"/certificates/{certificate}/release").status == 403
    queue.work()
    ended = queue.show(renewal)
    assert (ended["state"], "on hold" in ended["reason"]) == ("refused", True)
    assert queue.requester.post("/requests", {"renews": certificate}).status == 409
    assert second.post(f"/certificates/{certificate}/release").json["state"] == "valid"


def test_who_is_still_in_the_team_and_may_no_longer_approve_does_not_count(queue: Queue) -> None:
    """The rule still means them; the permission is gone."""
    first = queue.approvers[0]
    queue.demand({"name": "team", "operation": "ca.revoke", "teams": [team_of(queue, first)]})
    approval = freeze(queue)
    assert consent(first, approval).json["state"] == "approved"
    assert demote(queue, first).status == 200
    assert queue.administrator.post(TARGET, BODY).status == 202


def limit(queue: Queue, person: Door) -> Reply:
    """Leave a person the permission to approve requests of another profile only."""
    assert demote(queue, person).status == 200
    role = unique("elsewhere")
    body = {"name": role, "permissions": ["request:approve"], "profiles": ["code-signing"]}
    assert queue.administrator.post("/roles", body).status == 201
    return queue.administrator.send("PUT", f"/roles/{role}/holders/{user_id(person)}")


@pytest.mark.parametrize("loss", [demote, limit])
def test_who_is_still_in_the_team_and_may_no_longer_approve_the_request_does_not_count(
    queue: Queue, loss: Loss
) -> None:
    first, second, _ = queue.approvers
    queue.demand({"name": "team", "operation": "certificate.issue", "teams": [team_of(queue, first)]})
    request = queue.submit()
    assert queue.approve(second, request).status == 200
    assert queue.approve(first, request).json["state"] == "ready"
    assert loss(queue, first).status == 200
    assert queue.show(request)["state"] == "awaiting_approval"
    queue.work()
    assert queue.show(request)["certificate"] is None
