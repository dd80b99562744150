"""The approval gate of every operation that names it: frozen, approved by another person, executed once; both engines.

An operation with a permission of `SENSITIVE` names its gates, or is in `UNGATED` with the reason.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from pki_manager.authority.kernel.context import Context
from pki_manager.domain.approval import ApprovalRule, Operation, RuleSet
from pki_manager.domain.events.requests import ApprovalRulesChanged
from pki_manager.domain.rights.actor import Role
from pki_manager.domain.rights.permission import DANGEROUS, SENSITIVE, Permission
from pki_manager.ports.audit_trail import AuditFilter
from pki_manager.protocols.rest.app import create_rest
from tests.architecture.audit_requests import somebody
from tests.architecture.audit_row import Asked
from tests.architecture.audit_table import TABLE
from tests.conftest import MAC_KEY, lock_path, open_engine
from tests.protocols.rest.door import Door, House, Reply, furnish, unique
from tests.services.postgresql import PostgresServer
from tests.support.csrs import make_csr
from tests.support.factories import ADMIN


def _no_authority() -> Context:
    raise AssertionError("the document needs no authority")


@dataclass(frozen=True)
class Gated:
    operation: str
    method: str
    path: str
    gate: Operation

    def __str__(self) -> str:
        return f"{self.operation}-{self.gate}"

    def ask(self, door: Door, asked: Asked) -> Reply:
        names = iter(asked.path)
        target = quote("/".join(next(names) if part.startswith("{") else part for part in self.path.split("/")))
        content, kind = asked.content()
        return door.send(self.method, target + asked.query, content, kind)


DECLARED: Mapping[str, tuple[str, str, dict[str, Any]]] = {
    declared["operationId"]: (method.upper(), path, declared)
    for path, operations in create_rest(_no_authority).openapi()["paths"].items()
    for method, declared in operations.items()
}
GATED = [
    Gated(name, method, path, Operation(gate))
    for name, (method, path, declared) in DECLARED.items()
    for gate in declared.get("x-approval", ())
]
ACTS = [one for one in GATED if one.gate not in (Operation.CERTIFICATE_ISSUE, Operation.CERTIFICATE_EXPORT_KEY)]
"""Operations that wait as certificate requests and continue automatically. All others are sent again."""

UNGATED: Mapping[str, str] = {
    "suspend_ca": "the brake: one person alone can pull it",
    "cancel_rotation": "back to what was before the rotation that was approved",
    "request_ca_certificate": "a request certifies nothing: installing the answer asks",
    "disable_user": "the brake",
    "disable_service_account": "the brake",
    "unlink_user_identity": "takes a way in away, gives none",
    "remove_team_member": "takes sight away, gives nothing",
    "check_import": "it looks, and does nothing",
    "create_team": "a team without members has no power",
    "collect_request": "what is collected was approved as a request",
}


@pytest.fixture(scope="module", params=["sqlcipher", "postgresql"])
def house(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("gates")
    if request.param == "sqlcipher":
        url = f"sqlcipher:{folder / 'pki.db'}"
        shutil.copyfile(request.getfixturevalue("sqlcipher_template"), folder / "pki.db")
    else:
        server: PostgresServer = request.getfixturevalue("postgresql")
        url = server.url(server.create_database(request.getfixturevalue("postgresql_template")))
    made = furnish(folder, open_engine(url), MAC_KEY, lock_path(url))
    yield made
    made.ctx.ports.storage.close()


@pytest.fixture
def other(house: House) -> Door:
    """Return a second administrator."""
    return somebody(house, house.door, Role.ADMINISTRATOR)


@pytest.fixture
def rule(house: House) -> Iterator[Callable[[Operation], None]]:
    """Set the only approval rule without a second person, and delete it at the end."""
    yield lambda operation: _put(house, (ApprovalRule(name="the rule", operation=operation),))
    _put(house, ())


def _put(house: House, rules: tuple[ApprovalRule, ...]) -> None:
    with house.ctx.ports.storage.begin(ADMIN) as uow:
        made = RuleSet(uow.approvals.get_rules().version + 1, rules)
        uow.approvals.put_rules(made, ADMIN.id, house.clock.now())
        told = ApprovalRulesChanged(object_id="approval-rules", version=made.version, rules=(), rules_sha256="")
        uow.record(told)


def _with_key(_house: House, _door: Door) -> Asked:
    body = {"ca": "Issuing CA", "profile": "tls-server", "sans": [f"DNS:{unique('gate')}.example.com"]}
    return Asked(body={**body, "key_type": "ECDSA-P256", "passphrase": "correct horse battery"})


def _a_cas_certificate(house: House, door: Door) -> Asked:
    (ca,) = TABLE["revoke_ca"].prepare(house, door).path
    certificate = door.get(f"/cas/{ca}").json["keys"][0]["certificates"][0]["id"]
    return Asked((certificate,), {"reason": "superseded"})


def _a_cas_key(house: House, door: Door) -> Asked:
    (certificate,) = _a_cas_certificate(house, door).path
    pem = door.get(f"/certificates/{certificate}").json["pem"].encode()
    key = x509.load_pem_x509_certificate(pem).public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return Asked(body={"key": key.decode(), "reason": "superseded"})


def _file_of_requests(_house: House, _door: Door) -> Asked:
    row = {"ca": "Issuing CA", "profile": "tls-server", "csr": make_csr(f"{unique('gate')}.example.com")}
    header, values = ",".join(row), ",".join(f'"{value}"' for value in row.values())
    return Asked(csv=f"{header}\n{values}\n", query="?action=issue")


def _new_rules(house: House, door: Door) -> Asked:
    return Asked(body={"version": door.get("/approvals/rules").json["version"] + 1, "rules": []})


_FOR_THIS_GATE: Mapping[tuple[str, Operation], Callable[[House, Door], Asked]] = {
    ("issue_certificate", Operation.CERTIFICATE_EXPORT_KEY): _with_key,
    ("revoke_certificate", Operation.CA_REVOKE): _a_cas_certificate,
    ("revoke_by_key", Operation.CA_REVOKE): _a_cas_key,
    ("submit_bulk", Operation.CERTIFICATE_BULK_FILE): _file_of_requests,
    ("change_approval_rules", Operation.RULES_CHANGE): _new_rules,
}
"""Operations whose request in the audit table does not pass the gate."""


def _asked(house: House, one: Gated) -> Asked:
    prepare = _FOR_THIS_GATE.get((one.operation, one.gate), TABLE[one.operation].prepare)
    return prepare(house, house.door)


def _events(house: House, approval: str) -> list[str]:
    with house.ctx.ports.storage.read() as reader:
        page = reader.audit.page(AuditFilter(object_id=approval), None, 50)
    return [json.loads(event.body)["action"] for event in reversed(page.items)]


def test_every_sensitive_operation_names_its_gates() -> None:
    sensitive = {
        name
        for name, (method, _, declared) in DECLARED.items()
        if method != "GET" and Permission(declared["x-permission"]) in SENSITIVE
    }
    gated = {one.operation for one in GATED}
    assert sensitive == (gated | UNGATED.keys()) & sensitive
    assert not gated & UNGATED.keys()
    assert UNGATED.keys() <= sensitive
    assert {one.gate for one in GATED} == set(Operation)


def test_every_sensitive_permission_has_an_operation_that_asks() -> None:
    asking = {Permission(DECLARED[one.operation][2]["x-permission"]) for one in GATED}
    assert SENSITIVE - asking == {Permission.CERTIFICATE_EXPORT_KEY}  # asked for with the certificate
    own = {Permission.SELF_SECURE, Permission.TOKEN_CREATE, Permission.KEY_CREATE}  # no more than the caller can do
    on_the_machine_only = {Permission.AUDIT_ACCEPT, Permission.BACKUP_CREATE}  # must work while no server can start
    assert own | on_the_machine_only | {Permission.APPROVAL_OVERRIDE} == DANGEROUS - SENSITIVE


@pytest.mark.parametrize("one", GATED, ids=str)
def test_a_gated_operation_declares_that_it_may_wait(one: Gated) -> None:
    declared = DECLARED[one.operation][2]
    answer = declared["responses"]["202"]["content"]["application/json"]["schema"]
    assert "Waiting" in json.dumps(answer)
    assert "conflict" in declared["x-error-codes"]
    assert "409" in declared["responses"]


@pytest.mark.parametrize("one", ACTS, ids=str)
def test_a_gated_act_waits_is_approved_by_another_and_is_done_once(
    house: House, other: Door, rule: Callable[[Operation], None], one: Gated
) -> None:
    asked = _asked(house, one)
    rule(one.gate)
    waiting = one.ask(house.door, asked)
    assert waiting.status == 202, waiting.body
    approval = waiting.json["approval"]
    assert approval["operation"] == one.gate
    assert waiting.headers["location"].endswith(f"/approvals/{approval['id']}")
    assert one.ask(house.door, asked).json["approval"]["id"] == approval["id"]
    consent = {"sha256": approval["sha256"]}
    assert house.door.post(f"/approvals/{approval['id']}/approve", consent).status == 403
    assert other.post(f"/approvals/{approval['id']}/approve", {"sha256": "00" * 32}).status == 409
    given = other.post(f"/approvals/{approval['id']}/approve", consent)
    assert given.json["state"] == "approved", given.body
    done = one.ask(house.door, asked)
    assert done.status in (200, 201, 202, 204), done.body
    assert done.status != 202 or one.operation == "submit_bulk"
    assert _events(house, approval["id"]) == ["approval.requested", "approval.given", "approval.executed"]
    assert house.door.get(f"/approvals/{approval['id']}").json["state"] == "executed"
    again = one.ask(house.door, asked)
    assert again.status in (200, 202, 404, 409, 422), again.body
    assert _events(house, approval["id"])[-1] == "approval.executed"


@pytest.mark.parametrize("one", [gated for gated in GATED if gated not in ACTS], ids=str)
def test_a_certificate_waits_as_a_request(
    house: House, other: Door, rule: Callable[[Operation], None], one: Gated
) -> None:
    asked = _asked(house, one)
    rule(one.gate)
    waiting = one.ask(house.door, asked)
    assert waiting.status == 202, waiting.body
    request = waiting.json["request"]
    assert "the rule" in {demand["rule"] for demand in request["approvals"]["rules"]}
    consent = {"plan_sha256": request["plan_sha256"]}
    assert house.door.post(f"/requests/{request['id']}/approve", consent).status == 403
    assert other.post(f"/requests/{request['id']}/approve", consent).json["state"] == "ready"


def test_who_lost_the_right_since_does_nothing_with_an_approval(
    house: House, other: Door, rule: Callable[[Operation], None]
) -> None:
    """The permissions at the time of execution decide: an approval grants none."""
    operator = somebody(house, house.door, Role.CA_OPERATOR)
    asked = TABLE["revoke_ca"].prepare(house, house.door)
    rule(Operation.CA_REVOKE)
    target = f"/cas/{asked.path[0]}/revoke"
    approval = operator.post(target, asked.body).json["approval"]
    assert other.post(f"/approvals/{approval['id']}/approve", {"sha256": approval["sha256"]}).status == 200
    assert operator.actor is not None
    weaker = operator.as_role(Role.REQUESTER)
    assert weaker.actor is not None
    lessened = Door(operator.app, _same_person(operator, weaker))
    assert lessened.post(target, asked.body).status == 403
    assert house.door.get(f"/approvals/{approval['id']}").json["state"] == "approved"
    assert operator.post(target, {"reason": "keyCompromise"}).status == 202  # another operation than the approved one
    assert operator.post(target, asked.body).status == 200


def _same_person(one: Door, other: Door) -> Any:
    assert one.actor is not None
    assert other.actor is not None
    return replace(one.actor, grants=other.actor.grants)


def test_a_rule_narrowed_to_one_ca_leaves_the_others_alone(house: House, rule: Callable[[Operation], None]) -> None:
    guarded, free = (TABLE["retire_ca"].prepare(house, house.door).path[0] for _ in range(2))
    narrowed = ApprovalRule(name="one CA", operation=Operation.CA_RETIRE, cas=(guarded,))
    _put(house, (narrowed,))
    assert house.door.post(f"/cas/{guarded}/retire").status == 202
    assert house.door.post(f"/cas/{free}/retire").status == 200
    rule(Operation.CA_CREATE)
    assert house.door.post(f"/cas/{guarded}/retire").status == 200


def test_nobody_is_asked_to_approve_what_could_not_be_done(house: House, rule: Callable[[Operation], None]) -> None:
    administrator, operator = (somebody(house, house.door, role) for role in (Role.ADMINISTRATOR, Role.CA_OPERATOR))
    rule(Operation.ROLE_CHANGE)
    assert operator.post("/roles", {"name": unique("role"), "permissions": ["key:destroy"]}).status == 403
    assert administrator.send("PUT", "/roles/nothing/holders/nobody").status == 404
    assert administrator.post("/users/nobody/invite").status == 404
    assert administrator.get("/approvals?mine=true").json["items"] == []
