"""Requests and approvals by REST alone, on both engines."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, pkcs12

from pki_manager.authority.installation.queries import get_counts
from pki_manager.authority.requests.approvals import expire_due
from pki_manager.domain.errors import BackendUnavailable
from pki_manager.domain.rights.actor import build_system_actor
from tests.architecture.audit_row import profile_definition
from tests.protocols.rest.door import Door, unique
from tests.protocols.rest.queue import Queue, furnish_queue
from tests.support.csrs import make_csr
from tests.support.factories import ADMIN

TWO_OF_THREE = {
    "name": "two for servers",
    "operation": "certificate.issue",
    "profiles": ["tls-server"],
    "needed": 2,
    "roles": ["registration-authority"],
}


@pytest.fixture
def queue(tmp_path: Path, database_url: str) -> Iterator[Queue]:
    made = furnish_queue(tmp_path, database_url)
    yield made
    made.house.ctx.ports.storage.close()


def test_request_comment_edit_reset_two_of_three_issued(queue: Queue) -> None:
    """The whole road, and its traces: each step leaves one event, which names the rule that demanded it."""
    queue.demand(TWO_OF_THREE)
    first, second, third = queue.approvers
    name = f"{unique('road')}.example.com"
    request = queue.submit(csr=make_csr(name))
    identifier = request["id"]
    assert request["state"] == "awaiting_approval"
    assert request["approvals"]["needed"] == 2
    asked = first.post(f"/requests/{identifier}/comment", {"text": "Which host is this?\nPlease add www."})
    assert [comment["text"] for comment in asked.json["comments"]] == ["Which host is this?\nPlease add www."]
    assert queue.approve(first, request).status == 200
    edited = queue.requester.post(
        f"/requests/{identifier}/edit",
        {"plan_sha256": request["plan_sha256"], "sans": [f"DNS:{name}", f"DNS:www.{name}"], "validity": "P30D"},
    )
    assert edited.status == 200, edited.body
    assert edited.json["approvals"]["given"] == []
    assert edited.json["plan_sha256"] != request["plan_sha256"]
    assert queue.approve(second, request).status == 409  # what he saw is no longer what is asked for
    assert queue.approve(second, edited.json).status == 200
    assert queue.show(request)["state"] == "awaiting_approval"
    assert queue.approve(third, edited.json).json["state"] == "ready"
    queue.work()
    done = queue.show(request)
    assert done["state"] == "issued"
    certificate = queue.administrator.get(f"/certificates/{done['certificate']}").json
    assert certificate["sans"] == [f"DNS:{name}", f"DNS:www.{name}"]
    loaded = x509.load_pem_x509_certificate(certificate["pem"].encode())
    assert (loaded.not_valid_after_utc - loaded.not_valid_before_utc).days == 29
    told = [(event["action"], event["details"].get("rules")) for event in queue.events(object_id=identifier)]
    rules = ["two for servers", "built-in:requesters"]
    assert told == [
        ("request.submitted", rules),
        ("request.commented", None),
        ("request.approved", rules),
        ("request.edited", rules),
        ("request.approved", rules),
        ("request.approved", rules),
        ("certificate.issue_intended", rules),
    ]


def test_nam_12_a_requester_who_chooses_his_client_identity_needs_approval(queue: Queue) -> None:
    request = queue.submit(profile="tls-client", csr=make_csr("admin@example.com", sans=()), subject="CN=admin")
    assert request["state"] == "awaiting_approval"
    assert {rule["rule"] for rule in request["approvals"]["rules"]} == {
        "built-in:requesters",
        "built-in:client-identities",
    }
    assert {"code": "identity.chosen", "weight": "warning"}.items() <= request["risks"][0].items()
    queue.work()
    assert queue.show(request)["state"] == "awaiting_approval"


def test_nobody_approves_his_own_by_no_token(queue: Queue) -> None:
    first, second, _ = queue.approvers
    queue.demand({"name": "always", "operation": "certificate.issue"})
    request = queue.submit(first)
    own = queue.approve(first, request)
    assert (own.status, own.json["errors"][0]["rule"]) == (403, "approval.own")
    administrator = queue.administrator
    service = administrator.post("/tokens", {"name": unique("own"), "role": "administrator", "expires": "P1D"})
    assert service.status == 201, service.body
    mine = queue.submit(administrator)
    by_token = queue.approve(administrator.with_token(service.json["token"]), mine)
    assert (by_token.status, by_token.json["errors"][0]["rule"]) == (403, "approval.own")
    assert queue.approve(second, request).status == 200


def test_others_requests_are_not_there(queue: Queue) -> None:
    request = queue.submit()
    other = queue.another_requester()
    target = f"/requests/{request['id']}"
    assert other.get(target).status == 404
    assert other.get("/requests").json["items"] == []
    assert other.post(f"{target}/comment", {"text": "?"}).status == 404
    assert other.post(f"{target}/cancel").status == 404
    assert queue.auditor.get(target).status == 200
    assert queue.auditor.post(f"{target}/comment", {"text": "?"}).status == 403


def test_who_edits_does_not_approve(queue: Queue) -> None:
    first, second, _ = queue.approvers
    request = queue.submit()
    body = {"plan_sha256": request["plan_sha256"], "validity": "P10D"}
    edited = first.post(f"/requests/{request['id']}/edit", body)
    assert edited.status == 200, edited.body
    assert queue.approve(first, edited.json).status == 403
    assert queue.approve(second, edited.json).status == 200
    queue.work()
    assert queue.show(request)["state"] == "issued"


def test_a_request_is_rejected_cancelled_or_expires(queue: Queue) -> None:
    first, _, _ = queue.approvers
    rejected, cancelled, forgotten = queue.submit(), queue.submit(), queue.submit()
    said_no = first.post(f"/requests/{rejected['id']}/reject", {"reason": "nobody knows this host"})
    assert (said_no.json["state"], said_no.json["reason"]) == ("rejected", "nobody knows this host")
    assert queue.requester.post(f"/requests/{cancelled['id']}/cancel").json["state"] == "cancelled"
    queue.house.clock.advance(timedelta(days=8))
    assert expire_due(queue.house.ctx, build_system_actor("worker")) == 1
    assert queue.show(forgotten)["state"] == "expired"
    for request in (rejected, cancelled, forgotten):
        assert queue.approve(first, request).status == 409
        assert queue.events(object_id=request["id"])[-1]["action"] == f"request.{queue.show(request)['state']}"


def test_an_approval_can_be_taken_back_until_it_is_used(queue: Queue) -> None:
    first, second, _ = queue.approvers
    request = queue.submit()
    assert queue.approve(first, request).json["state"] == "ready"
    back = first.post(f"/requests/{request['id']}/withdraw")
    assert (back.json["state"], back.json["approvals"]["given"]) == ("awaiting_approval", [])
    queue.work()
    assert queue.show(request)["state"] == "awaiting_approval"
    assert queue.approve(second, request).status == 200
    queue.work()
    assert second.post(f"/requests/{request['id']}/withdraw").status == 409


def test_what_changed_after_approval_is_refused(queue: Queue) -> None:
    request = queue.submit()
    assert queue.approve(queue.approvers[0], request).status == 200
    assert queue.administrator.post("/cas/Issuing%20CA/suspend").status == 200
    queue.work()
    done = queue.show(request)
    assert done["state"] == "refused"
    assert "suspended" in done["reason"]
    assert queue.events(object_id=request["id"])[-1]["action"] == "request.refused"


def test_a_key_backend_that_is_away_is_waited_for(queue: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
    request = queue.submit()
    assert queue.approve(queue.approvers[0], request).status == 200
    backend = type(queue.house.ctx.ports.signers.get("embedded"))

    def away(*_: object) -> bytes:
        raise BackendUnavailable("the key manager is gone")

    with monkeypatch.context() as patch:
        patch.setattr(backend, "sign", away)
        queue.work()
    waiting = queue.show(request)
    assert (waiting["state"], waiting["reason"]) == ("ready", "the key manager is gone")
    queue.house.clock.advance(timedelta(minutes=1))
    queue.work()
    assert queue.show(request)["state"] == "issued"


def test_a_key_is_made_when_it_is_collected_and_told_once(queue: Queue) -> None:
    name = f"{unique('made')}.example.com"
    request = queue.submit(key_type="ECDSA-P256", sans=[f"DNS:{name}"])
    assert request["plan"]["spki_sha256"] is None
    target, body = f"/requests/{request['id']}/collect", {"passphrase": "correct horse battery"}
    assert queue.requester.post(target, body).status == 409
    assert queue.approve(queue.approvers[0], request).status == 200
    assert queue.approvers[0].post(target, body).status == 403
    collected = queue.requester.post(target, body)
    assert collected.status == 201, collected.body
    assert collected.headers["cache-control"] == "no-store"
    key, certificate, _ = pkcs12.load_key_and_certificates(
        base64.b64decode(collected.json["private_key"]), b"correct horse battery"
    )
    assert certificate is not None
    assert key is not None
    assert key.public_key() == certificate.public_key()
    again = queue.requester.post(target, body)
    assert (again.status, again.json["private_key"], again.json["secret_delivered"]) == (201, None, True)
    assert again.json["id"] == collected.json["id"]


def test_iss_09_a_certificate_that_waits_is_one_request_however_often_it_is_asked_for(queue: Queue) -> None:
    queue.demand({"name": "always", "operation": "certificate.issue"})
    body = {"ca": "Issuing CA", "profile": "tls-server", "csr": make_csr(f"{unique('once')}.example.com")}
    with ThreadPoolExecutor(20) as pool:
        keyed = [("Idempotency-Key", "once")]
        replies = list(pool.map(lambda _: queue.approvers[0].post("/certificates", body, keyed), range(20)))
    assert {reply.status for reply in replies} == {202}
    assert len({reply.headers["location"] for reply in replies}) == 1
    request = replies[0].json["request"]
    assert queue.approve(queue.approvers[1], request).status == 200
    queue.work()
    done = queue.approvers[0].post("/certificates", body, keyed)
    assert done.status == 201
    assert done.json["id"] == queue.administrator.get(f"/requests/{request['id']}").json["certificate"]


def test_twenty_approvals_at_once_are_one_and_twenty_collections_one_key(queue: Queue) -> None:
    request = queue.submit(key_type="ECDSA-P256", sans=[f"DNS:{unique('race')}.example.com"])
    with ThreadPoolExecutor(20) as pool:
        approvals = list(pool.map(lambda _: queue.approve(queue.approvers[0], request).status, range(20)))
    assert sorted(approvals) == [200] + [409] * 19
    given = [event for event in queue.events(object_id=request["id"]) if event["action"] == "request.approved"]
    assert len(given) == 1
    body = {"passphrase": "correct horse battery"}
    with ThreadPoolExecutor(20) as pool:
        target = f"/requests/{request['id']}/collect"
        collected = list(pool.map(lambda _: queue.requester.post(target, body), range(20)))
    told = [reply for reply in collected if reply.status == 201 and reply.json["private_key"] is not None]
    assert len(told) == 1
    assert {reply.status for reply in collected} <= {201, 409, 429}  # 429: one caller has few turns
    issued = [one for one in queue.events(object_id=request["id"]) if one["action"] == "certificate.issue_intended"]
    assert len(issued) == 1


def test_a_frozen_act_is_done_once_by_who_asked_for_it(queue: Queue) -> None:
    queue.demand({"name": "two for CAs", "operation": "ca.revoke", "needed": 2})
    target, body = "/cas/Issuing%20CA/revoke", {"reason": "cessationOfOperation"}
    waiting = queue.administrator.post(target, body)
    assert waiting.status == 202, waiting.body
    approval = waiting.json["approval"]
    assert waiting.headers["location"].endswith(f"/approvals/{approval['id']}")
    assert queue.administrator.post(target, body).json["approval"]["id"] == approval["id"]
    for approver in queue.approvers[:2]:
        given = approver.post(f"/approvals/{approval['id']}/approve", {"sha256": approval["sha256"]})
        assert given.status == 200, given.body
    assert given.json["state"] == "approved"
    assert queue.other_administrator.post(target, body).status == 202  # an approval is his who asked for it
    with ThreadPoolExecutor(20) as pool:
        replies = list(pool.map(lambda _: queue.administrator.post(target, body).status, range(20)))
    assert replies.count(200) == 1
    assert set(replies) <= {200, 202, 409}
    done = [event for event in queue.events(object_id=approval["id"]) if event["action"] == "approval.executed"]
    assert [event["details"]["rules"] for event in done] == [["two for CAs"]]
    assert len(queue.events(action="ca.revoked")) == 1


@pytest.mark.parametrize("operation", ["ca.rotate", "ca.create", "profile.change", "certificate.bulk_revoke"])
def test_every_operation_that_a_rule_can_name_asks_the_gate(queue: Queue, operation: str) -> None:
    """Frozen at first; done, once, when somebody else has approved it."""
    queue.demand({"name": "guard", "operation": operation})
    name = unique("guarded")
    asked: dict[str, tuple[str, object]] = {
        "ca.rotate": ("/cas/Issuing%20CA/rotate", {}),
        "ca.create": ("/cas", {"name": name, "subject": f"CN={name}", "parent": "Root CA"}),
        "profile.change": ("/profiles", profile_definition(name)),
        "certificate.bulk_revoke": ("/certificates/revoke-by-key", revocation_by_key(queue)),
    }
    target, body = asked[operation]
    waiting = queue.administrator.post(target, body)
    assert waiting.status == 202, waiting.body
    approval = waiting.json["approval"]
    assert approval["operation"] == operation
    given = queue.other_administrator.post(f"/approvals/{approval['id']}/approve", {"sha256": approval["sha256"]})
    assert given.status == 200, given.body
    done = queue.administrator.post(target, body)
    assert done.status in (200, 201), done.body
    assert [event["action"] for event in queue.events(object_id=approval["id"])][-1] == "approval.executed"


def test_an_approval_to_make_a_ca_is_of_its_policies_too(queue: Queue) -> None:
    queue.demand({"name": "guard", "operation": "ca.create"})
    name, policies = unique("guarded"), [{"oid": "1.3.6.1.4.1.99999.1", "cps": "https://pki.example.com/cps"}]
    body = {"name": name, "subject": f"CN={name}", "parent": "Root CA", "policies": policies}
    approval = queue.administrator.post("/cas", body).json["approval"]
    assert approval["body"]["policies"] == policies
    given = queue.other_administrator.post(f"/approvals/{approval['id']}/approve", {"sha256": approval["sha256"]})
    assert given.status == 200, given.body
    assert queue.administrator.post("/cas", {**body, "policies": [{"oid": "1.3.6.1.4.1.99999.2"}]}).status == 202
    assert queue.administrator.post("/cas", body).json["policies"] == policies


def test_a_ca_under_an_external_parent_is_made_by_approval_too(queue: Queue) -> None:
    queue.demand({"name": "guard", "operation": "ca.create"})
    name = unique("guarded")
    body = {"name": name, "subject": f"CN={name}", "external_parent": True}
    waiting = queue.administrator.post("/cas", body)
    assert waiting.status == 202, waiting.body
    assert queue.administrator.get(f"/cas/{name}").status == 404
    approval = waiting.json["approval"]
    given = queue.other_administrator.post(f"/approvals/{approval['id']}/approve", {"sha256": approval["sha256"]})
    assert given.status == 200, given.body
    done = queue.administrator.post("/cas", body)
    assert (done.status, done.json["name"]) == (201, name), done.body
    assert [event["action"] for event in queue.events(object_id=approval["id"])][-1] == "approval.executed"


def revocation_by_key(queue: Queue) -> dict[str, object]:
    body = {"ca": "Issuing CA", "profile": "tls-server", "csr": make_csr(f"{unique('key')}.example.com")}
    made = queue.administrator.post("/certificates", body).json
    key = x509.load_pem_x509_certificate(made["pem"].encode()).public_key()
    pem = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    return {"key": pem, "reason": "superseded"}


def test_four_eyes_for_the_rules_and_the_broken_glass(queue: Queue) -> None:
    queue.demand({"name": "first", "operation": "ca.revoke"})
    body = {"version": 1, "rules": []}
    waiting = queue.put_rules(body)
    assert waiting.status == 202
    approval = waiting.json["approval"]
    seen = {"sha256": approval["sha256"]}
    assert queue.administrator.post(f"/approvals/{approval['id']}/approve", seen).status == 403
    assert queue.approvers[0].post(f"/approvals/{approval['id']}/approve", seen).status == 403
    broken = {**seen, "reason": "the other administrator is ill"}
    assert queue.approvers[0].post(f"/approvals/{approval['id']}/override", broken).status == 403
    overridden = queue.administrator.post(f"/approvals/{approval['id']}/override", broken)
    assert overridden.status == 200, overridden.body
    assert queue.put_rules(body).json == {"version": 2, "rules": []}
    told = [(e["action"], e["reason"]) for e in queue.events(object_id=approval["id"])]
    assert told == [
        ("approval.requested", None),
        ("approval.overridden", "the other administrator is ill"),
        ("approval.executed", None),
    ]
    assert get_counts(queue.house.ctx, ADMIN).overridden == 1


def test_lists_tell_what_waits_for_me(queue: Queue) -> None:
    first, second, _ = queue.approvers
    request = queue.submit()

    def waits_for(door: Door, noun: str) -> list[str]:
        return [one["id"] for one in door.get(f"/{noun}?needs_my_approval=true").json["items"]]

    assert waits_for(first, "requests") == [request["id"]]
    assert waits_for(first, "approvals") == [request["approvals"]["approval"]]
    assert waits_for(queue.requester, "requests") == []
    assert [one["id"] for one in queue.requester.get("/requests?mine=true").json["items"]] == [request["id"]]
    assert second.get("/requests?mine=true").json["items"] == []
    assert queue.approve(first, request).status == 200
    assert waits_for(first, "requests") == waits_for(second, "approvals") == []
    assert [one["id"] for one in first.get("/requests?state=ready&profile=tls-server").json["items"]] == [request["id"]]
