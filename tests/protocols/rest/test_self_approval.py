"""A second pair of eyes is another person's: each way round that, by REST, on both engines."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from pki_manager.domain.rights.actor import Role
from tests.protocols.rest.door import Door, Reply, unique
from tests.protocols.rest.queue import Queue, furnish_queue
from tests.support.csrs import make_csr
from tests.support.people import PASSWORD, Browser, make_user, secret_of


@pytest.fixture
def queue(tmp_path: Path, database_url: str) -> Iterator[Queue]:
    made = furnish_queue(tmp_path, database_url)
    made.demand({"name": "always", "operation": "certificate.issue"})
    yield made
    made.house.ctx.ports.storage.close()


def user_id(door: Door) -> str:
    assert door.actor is not None
    return str(door.actor.user_id)


def refused(reply: Reply) -> tuple[int, str]:
    return reply.status, reply.json["errors"][0]["rule"]


def account_token(queue: Queue, maker: Door, **owner: str) -> Door:
    """A caller with the token of a new service account that an administrator has made; `maker` made the token."""
    wish = {"name": unique("account"), "role": "registration-authority", **owner}
    account = queue.administrator.post("/service-accounts", wish)
    assert account.status == 201, account.body
    body = {"name": unique("t"), "role": "registration-authority", "expires": "P1D"}
    token = maker.post("/tokens", {**body, "service_account": account.json["id"]})
    assert token.status == 201, token.body
    return queue.house.door.with_token(token.json["token"])


def team_of(queue: Queue, *members: Door) -> str:
    team: str = queue.administrator.post("/teams", {"name": unique("Team")}).json["id"]
    for member in members:
        assert queue.administrator.send("PUT", f"/teams/{team}/members/{user_id(member)}").status == 200
    return team


def in_team(door: Door, team: str) -> Door:
    """The same person, signed in anew."""
    assert door.actor is not None
    return replace(door, actor=replace(door.actor, team_ids=frozenset({UUID(team)})))


def test_a_service_account_approves_nothing(queue: Queue) -> None:
    first, second, _ = queue.approvers
    by_account = account_token(queue, queue.administrator, user=user_id(second))
    assert refused(queue.approve(by_account, queue.submit(first))) == (403, "approval.person")


def test_what_ones_own_service_account_asked_for(queue: Queue) -> None:
    first, second, _ = queue.approvers
    request = queue.submit(account_token(queue, queue.administrator, user=user_id(first)))
    assert refused(queue.approve(first, request)) == (403, "approval.own")
    assert queue.approve(second, request).status == 200


def test_what_the_service_account_of_ones_team_asked_for(queue: Queue) -> None:
    first, second, _ = queue.approvers
    team = team_of(queue, first)
    member = in_team(first, team)
    request = queue.submit(account_token(queue, queue.administrator, team=team))
    assert refused(queue.approve(member, request)) == (403, "approval.own")
    waiting = [one["id"] for one in member.get("/requests?needs_my_approval=true").json["items"]]
    assert request["id"] not in waiting
    assert queue.approve(second, request).status == 200


def test_what_was_asked_for_with_a_token_that_one_made_for_another(queue: Queue) -> None:
    """Its maker was told the secret, whoever answers for the account."""
    first, _, _ = queue.approvers
    request = queue.submit(account_token(queue, queue.administrator, user=user_id(first)))
    assert refused(queue.approve(queue.administrator, request)) == (403, "approval.own")
    assert queue.approve(queue.other_administrator, request).status == 200


def test_what_was_asked_for_with_a_token_that_one_rotated(queue: Queue) -> None:
    """So was whoever rotates it, also the one before the last, and through a token of his own."""
    first, _, _ = queue.approvers
    account = account_token(queue, queue.other_administrator, user=user_id(first))
    token = account.get("/me").json["id"].removeprefix("token:")
    rotated = queue.administrator.post(f"/tokens/{token}/rotate", {"overlap": "PT1H"})
    assert rotated.status == 200, rotated.body
    request = queue.submit(account.with_token(rotated.json["token"]))
    for maker in (queue.administrator, queue.other_administrator, first):
        assert refused(queue.approve(maker, request)) == (403, "approval.own")
    assert queue.approve(queue.approvers[1], request).status == 200


def test_nobody_rotates_himself_into_another_person(queue: Queue) -> None:
    """By the new secret he would be that person, and a second pair of eyes."""
    first, _, _ = queue.approvers
    made = first.post("/tokens", {"name": "t", "role": "registration-authority", "expires": "P1D"})
    rotation = f"/tokens/{made.json['id']}/rotate"
    assert queue.administrator.post(rotation, {"overlap": "PT1H"}).status == 403
    assert first.post(rotation, {"overlap": "PT1H"}).status == 200


def test_by_a_second_session_or_a_token_of_the_same_person(queue: Queue) -> None:
    user = make_user(queue.house.ctx, Role.REGISTRATION_AUTHORITY)
    one, other = Browser(queue.house.door), Browser(queue.house.door)
    assert one.sign_in(user.login).status == 201
    assert other.sign_in(user.login.upper()).status == 201  # one login, however it is written
    body = {"ca": "Issuing CA", "profile": "tls-server", "csr": make_csr(f"{unique('own')}.example.com")}
    made = one.post("/requests", body)
    assert made.status == 201, made.body
    consent = {"plan_sha256": made.json["plan_sha256"]}
    target = f"/requests/{made.json['id']}/approve"
    assert refused(other.post(target, consent)) == (403, "approval.own")
    token = other.post("/tokens", {"name": "t", "role": "registration-authority", "expires": "P1D"})
    assert token.status == 201, token.body
    assert refused(queue.house.door.with_token(token.json["token"]).post(target, consent)) == (403, "approval.own")


def test_one_person_is_one_consent_by_however_many_doors(queue: Queue) -> None:
    queue.demand({"name": "two", "operation": "certificate.issue", "needed": 2})
    first, _, _ = queue.approvers
    request = queue.submit()
    assert queue.approve(first, request).json["state"] == "awaiting_approval"
    made = first.post("/tokens", {"name": "t", "role": "registration-authority", "expires": "P1D"})
    assert queue.approve(queue.house.door.with_token(made.json["token"]), request).status == 409
    assert queue.show(request)["state"] == "awaiting_approval"


def test_by_a_user_made_up_for_it(queue: Queue) -> None:
    """Where rights need consent nobody makes himself an approver: no user, no link, no role, no team, no account."""
    queue.demand({"name": "rights", "operation": "role.change"}, {"name": "cas", "operation": "ca.revoke"})
    administrator, first = queue.administrator, queue.approvers[0]
    puppet = {"login": unique("puppet"), "display_name": "Puppet", "role": "administrator"}
    assert administrator.post("/users", puppet).status == 202
    assert administrator.post(f"/users/{user_id(first)}/invite").status == 202
    assert administrator.post(f"/users/{user_id(first)}/reset-factors").status == 202
    change = {"display_name": "Same", "role": "administrator"}
    assert send(administrator, "PUT", f"/users/{user_id(first)}", change).status == 202
    account = {"name": unique("account"), "role": "administrator", "user": user_id(first)}
    assert administrator.post("/service-accounts", account).status == 202
    assert administrator.post("/users/" + user_id(first) + "/disable").status == 200  # the brake
    assert administrator.post("/users/" + user_id(first) + "/enable").status == 202
    users = [one["login"] for one in administrator.get("/users?limit=200").json["items"]]
    assert puppet["login"] not in users


def test_a_user_who_was_approved_comes_in_by_the_link_that_is_told_then(queue: Queue) -> None:
    queue.demand({"name": "rights", "operation": "role.change"})
    wish = {"login": unique("new"), "display_name": "New", "role": "auditor"}
    approval = queue.administrator.post("/users", wish).json["approval"]
    assert approval["body"]["role"] == "auditor"
    consent = {"sha256": approval["sha256"]}
    assert queue.other_administrator.post(f"/approvals/{approval['id']}/approve", consent).status == 200
    mightier = queue.administrator.post("/users", {**wish, "role": "administrator"})
    assert mightier.status == 202  # not what was approved
    made = queue.administrator.post("/users", wish)
    assert made.status == 201, made.body
    came = Browser(queue.house.door).post(
        "/invitations/accept", {"secret": secret_of(made.json["sign_in_url"]), "password": PASSWORD}
    )
    assert came.status == 201, came.body


def send(door: Door, method: str, target: str, body: Any) -> Reply:
    return door.send(method, target, json.dumps(body).encode(), [("Content-Type", "application/json")])


def test_an_approval_is_not_replayed_for_another_act_object_or_person(queue: Queue) -> None:
    queue.demand({"name": "cas", "operation": "ca.retire"})
    names = [unique("CA"), unique("CA")]
    for name in names:
        made = queue.administrator.post("/cas", {"name": name, "subject": f"CN={name}", "parent": "Root CA"})
        assert made.status == 201, made.body
    one, other = (f"/cas/{name}/retire" for name in names)
    approval = queue.administrator.post(one).json["approval"]
    consent = {"sha256": approval["sha256"]}
    assert queue.other_administrator.post(f"/approvals/{approval['id']}/approve", consent).status == 200
    assert queue.administrator.post(other).status == 202
    assert queue.other_administrator.post(one).status == 202
    assert queue.administrator.post(f"/cas/{names[0]}/suspend").status == 200
    assert queue.administrator.post(one).status == 200
    assert queue.other_administrator.post(f"/approvals/{approval['id']}/approve", consent).status == 409
    assert queue.other_administrator.post(f"/approvals/{approval['id']}/withdraw").status == 409


def test_what_was_approved_is_refused_when_its_requester_has_no_rights_any_more(queue: Queue) -> None:
    first, second, _ = queue.approvers
    request = queue.submit(first)
    assert queue.approve(second, request).json["state"] == "ready"
    assert queue.administrator.post(f"/users/{user_id(first)}/disable").status == 200
    queue.work()
    done = queue.administrator.get(f"/requests/{request['id']}").json
    assert done["state"] == "refused"
    assert "no longer has access" in done["reason"]
