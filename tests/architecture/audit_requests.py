"""Rows of AUD-01 for certificate requests and approvals."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pki_manager.authority.kernel.current_actor import resolve_actor
from pki_manager.domain.rights.actor import Role
from tests.architecture.audit_row import Asked, Row, profile_definition
from tests.protocols.rest.door import Door, House, unique
from tests.support.csrs import make_csr
from tests.support.people import make_user


def _request_body() -> dict[str, object]:
    csr = make_csr(f"{unique('audit')}.example.com")
    return {"ca": "Issuing CA", "profile": "tls-server", "csr": csr}


def _new_request(_house: House, _door: Door) -> Asked:
    return Asked(body=_request_body())


def _request(_house: House, door: Door, **members: object) -> dict[str, Any]:
    made = door.post("/requests", {**_request_body(), **members})
    assert made.status == 201, made.body
    answered: dict[str, Any] = made.json
    return answered


def _others_request(house: House, door: Door) -> dict[str, Any]:
    """Return a request that waits for the approval of `door`."""
    return _request(house, somebody(house, door, Role.REQUESTER))


def somebody(house: House, door: Door, role: Role) -> Door:
    """Return another person than the owner of the test's tokens."""
    user = make_user(house.ctx, role)
    with house.ctx.ports.storage.read() as reader:
        actor = resolve_actor(house.ctx, reader, user.actor_id, user.login, "rest")
    assert actor is not None
    return replace(door, actor=actor, token=None)


def _to_edit(house: House, door: Door) -> Asked:
    made = _request(house, door)
    return Asked((made["id"],), {"plan_sha256": made["plan_sha256"], "validity": "P20D"})


def _to_comment(house: House, door: Door) -> Asked:
    return Asked((_request(house, door)["id"],), {"text": "Why?"})


def _to_cancel(house: House, door: Door) -> Asked:
    return Asked((_request(house, door)["id"],))


def _to_collect(house: House, door: Door) -> Asked:
    names = {"csr": None, "key_type": "ECDSA-P256", "sans": [f"DNS:{unique('audit')}.example.com"]}
    return Asked((_request(house, door, **names)["id"],), {"passphrase": "correct horse battery"})


def _to_approve(house: House, door: Door) -> Asked:
    made = _others_request(house, door)
    return Asked((made["id"],), {"plan_sha256": made["plan_sha256"]})


def _approved(house: House, door: Door) -> Asked:
    asked = _to_approve(house, door)
    assert door.post(f"/requests/{asked.path[0]}/approve", asked.body).status == 200
    return Asked(asked.path)


def _to_reject(house: House, door: Door) -> Asked:
    return Asked((_others_request(house, door)["id"],), {"reason": "nobody knows this host"})


_GUARDED = "audit-guarded"
"""The only profile whose changes require approval in these tests."""


def _rules(house: House) -> dict[str, Any]:
    """Return the current approval rules. The first ones need no approval."""
    standing = house.door.get("/approvals/rules").json
    if standing["rules"]:
        answered: dict[str, Any] = standing
        return answered
    rule = {"name": "guard", "operation": "profile.change", "profiles": [_GUARDED]}
    made = house.door.send("PUT", "/approvals/rules", _json({"version": 0, "rules": [rule]}), _JSON)
    assert made.status == 200, made.body
    return _rules(house)


_JSON = [("Content-Type", "application/json")]


def _json(body: object) -> bytes:
    return json.dumps(body).encode()


def _changed_rules(house: House, door: Door) -> Asked:
    """Return a change that another person has approved."""
    standing = _rules(house)
    rules = [{**standing["rules"][0], "name": unique("guard")}, *standing["rules"][1:]]
    body = {"version": standing["version"], "rules": rules}
    waiting = door.send("PUT", "/approvals/rules", _json(body), _JSON)
    assert waiting.status == 202, waiting.body
    approval = waiting.json["approval"]
    other = somebody(house, door, Role.ADMINISTRATOR)
    given = other.post(f"/approvals/{approval['id']}/approve", {"sha256": approval["sha256"]})
    assert given.status == 200, given.body
    return Asked(body=body)


def _frozen(house: House, door: Door) -> dict[str, Any]:
    """Return an approval that `door` has requested."""
    _rules(house)
    waiting = door.post("/profiles", {**profile_definition(_GUARDED), "description": unique("frozen")})
    assert waiting.status == 202, waiting.body
    approval: dict[str, Any] = waiting.json["approval"]
    return approval


def _to_consent(house: House, door: Door) -> Asked:
    approval = _frozen(house, somebody(house, door, Role.CA_OPERATOR))
    return Asked((approval["id"],), {"sha256": approval["sha256"]})


def _consented(house: House, door: Door) -> Asked:
    asked = _to_consent(house, door)
    assert door.post(f"/approvals/{asked.path[0]}/approve", asked.body).status == 200
    return Asked(asked.path)


def _to_refuse(house: House, door: Door) -> Asked:
    approval = _frozen(house, somebody(house, door, Role.CA_OPERATOR))
    return Asked((approval["id"],), {"reason": "not like this"})


def _own_frozen(house: House, door: Door) -> Asked:
    return Asked((_frozen(house, door)["id"],))


def _to_override(house: House, door: Door) -> Asked:
    approval = _frozen(house, somebody(house, door, Role.CA_OPERATOR))
    return Asked((approval["id"],), {"sha256": approval["sha256"], "reason": "the others are at sea"})


REQUESTS: Mapping[str, Row] = {
    "approve": Row(_to_consent, ("approval.given",)),
    "approve_request": Row(_to_approve, ("request.approved",)),
    "cancel_approval": Row(_own_frozen, ("approval.cancelled",)),
    "cancel_request": Row(_to_cancel, ("request.cancelled",)),
    "change_approval_rules": Row(_changed_rules, ("approval.executed", "approval_rules.changed")),
    "collect_request": Row(_to_collect, ("certificate.issue_intended", "certificate.issued")),
    "comment_request": Row(_to_comment, ("request.commented",)),
    "edit_request": Row(_to_edit, ("request.edited",)),
    "override_approval": Row(_to_override, ("approval.overridden",)),
    "reject_approval": Row(_to_refuse, ("approval.rejected",)),
    "reject_request": Row(_to_reject, ("request.rejected",)),
    "submit_request": Row(_new_request, ("request.submitted",)),
    "withdraw_approval": Row(_consented, ("approval.withdrawn",)),
    "withdraw_request_approval": Row(_approved, ("request.approval_withdrawn",)),
}
