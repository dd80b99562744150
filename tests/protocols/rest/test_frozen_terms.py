"""What is approved is what is done: everything that decides the result is frozen, and compared when it is done."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pki_manager.authority.kernel import approval_gate
from pki_manager.authority.kernel.approval_gate import Permit
from tests.protocols.rest.door import Door, Reply, unique
from tests.protocols.rest.queue import Queue, furnish_queue
from tests.protocols.rest.test_present_approvers import consent
from tests.protocols.rest.test_self_approval import send, user_id


@pytest.fixture
def queue(tmp_path: Path, database_url: str) -> Iterator[Queue]:
    made = furnish_queue(tmp_path, database_url)
    yield made
    made.house.ctx.ports.storage.close()


def widen(queue: Queue, profile: str) -> None:
    """Change a CA profile, which no rule guards: a longer path and a longer life."""
    body = queue.administrator.get(f"/profiles/{profile}").json
    definition = {**body.get("definition", body), "path_length": 5}
    definition["validity"] = {**definition["validity"], "default": "P20Y", "maximum": "P30Y"}
    kept = {name: value for name, value in definition.items() if name != "state"}
    changed = send(queue.administrator, "PUT", f"/profiles/{profile}", kept)
    assert changed.status == 200, changed.body


def approved(queue: Queue, asked: tuple[str, Any]) -> Any:
    waiting = queue.administrator.post(*asked)
    assert waiting.status == 202, waiting.body
    approval = waiting.json["approval"]
    assert consent(queue.approvers[0], approval).json["state"] == "approved"
    return approval


def sub_ca() -> tuple[str, Any]:
    name = unique("CA")
    return "/cas", {"name": name, "subject": f"CN={name}", "parent": "Root CA"}


ASKED = {
    "ca.create": ("issuing-ca", sub_ca),
    "ca.rotate": ("issuing-ca", lambda: ("/cas/Issuing%20CA/rotate", {})),
    "ca.cross_sign": ("issuing-ca", lambda: ("/cas/Root%20CA/cross-sign", {"subject_ca": "Issuing CA"})),
}


@pytest.mark.parametrize("operation", ASKED)
def test_a_profile_that_was_changed_voids_what_was_approved_by_it(queue: Queue, operation: str) -> None:
    profile, asked = ASKED[operation]
    queue.demand({"name": "guard", "operation": operation})
    request = asked()
    approval = approved(queue, request)
    terms = approval["body"]["terms"]
    assert (terms["profile"]["name"], terms["profile"]["version"]) == (profile, 1)
    assert terms["planned"]["basic_constraints"] == {"ca": True, "path_length": 0}
    assert terms["issuer"]["name"] == "Root CA"
    widen(queue, profile)
    again = queue.administrator.post(*request)
    assert (again.status, again.json["approval"]["id"] == approval["id"]) == (202, False)
    ended = queue.auditor.get(f"/approvals/{approval['id']}").json
    assert (ended["state"], "profile" in ended["reason"]) == ("refused", True)
    assert queue.events(object_id=approval["id"])[-1]["action"] == "approval.voided"
    assert again.json["approval"]["body"]["terms"]["profile"]["version"] == 2


def test_a_profile_that_changes_while_it_is_done_stops_it(queue: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
    queue.demand({"name": "guard", "operation": "ca.create"})
    request = sub_ca()
    approval = approved(queue, request)
    ask = approval_gate.ask

    with monkeypatch.context() as patch:

        def and_then_widen(*arguments: Any) -> Permit:
            permit = ask(*arguments)
            patch.undo()  # changing the profile asks too
            widen(queue, "issuing-ca")
            return permit

        patch.setattr(approval_gate, "ask", and_then_widen)
        refused = queue.administrator.post(*request)
    assert refused.status == 409, refused.body
    assert queue.auditor.get(f"/approvals/{approval['id']}").json["state"] == "approved"
    assert queue.administrator.get(f"/cas/{request[1]['name']}").status == 404


def test_an_approval_without_a_change_is_used(queue: Queue) -> None:
    for operation, (_, asked) in ASKED.items():
        queue.demand({"name": "guard", "operation": operation})
        request = asked()
        approved(queue, request)
        done = queue.administrator.post(*request)
        assert done.status in (200, 201), done.body


def put(door: Door, target: str, body: Any) -> Reply:
    return send(door, "PUT", target, body)


def test_a_role_that_was_changed_is_not_the_role_that_was_approved(queue: Queue) -> None:
    name = unique("role")
    assert queue.administrator.post("/roles", {"name": name, "permissions": ["status:read"]}).status == 201
    queue.demand({"name": "guard", "operation": "role.change"})
    target = f"/roles/{name}/holders/{user_id(queue.requester)}"
    waiting = queue.administrator.send("PUT", target).json["approval"]
    assert consent(queue.other_administrator, waiting).json["state"] == "approved"
    wider = {"permissions": ["status:read", "audit:read"]}
    change = put(queue.other_administrator, f"/roles/{name}", wider).json["approval"]
    assert consent(queue.administrator, change).status == 200
    assert put(queue.other_administrator, f"/roles/{name}", wider).status == 200
    again = queue.administrator.send("PUT", target)
    assert (again.status, again.json["approval"]["id"] == waiting["id"]) == (202, False)


def test_approving_one_certificate_of_a_ca_is_not_approving_all(queue: Queue) -> None:
    """And the approver sees what it costs."""
    request = queue.submit()
    assert queue.approve(queue.approvers[0], request).status == 200
    queue.work()
    assert queue.administrator.post("/cas/Root%20CA/cross-sign", {"subject_ca": "Issuing CA"}).status == 201
    queue.demand({"name": "guard", "operation": "ca.revoke"})
    why = {"reason": "cessationOfOperation"}
    all_of_it = queue.administrator.post("/cas/Issuing%20CA/revoke", why).json["approval"]
    frozen = all_of_it["body"]["certificates"]
    assert len(frozen) == 2
    one = approved(queue, (f"/certificates/{frozen[0]}/revoke", why))
    assert one["id"] != all_of_it["id"]
    assert queue.administrator.post("/cas/Issuing%20CA/revoke", why).status == 202
    shown = queue.auditor.get(f"/approvals/{all_of_it['id']}").json["consequences"]
    counts = {each["code"]: each["count"] for each in shown}
    assert counts["certificates.untrusted"] >= 1
    assert (counts["cas.suspended"], counts["ca_certificates.revoked"], counts["ca.stops"]) == (0, 2, None)
