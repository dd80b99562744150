"""AUD-01: each operation that changes something, done and refused, and each background job, against `audit_table`."""

from __future__ import annotations

import base64
import json
import logging
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from pki_manager.authority.acme.validate import validate
from pki_manager.authority.audit.audit_log import verify_audit
from pki_manager.authority.bulk.submit import submit
from pki_manager.authority.kernel import refusal_log
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.issuers import find_ca
from pki_manager.domain.acme.orders import ChallengeKind
from pki_manager.domain.bulk import BulkAction
from pki_manager.domain.errors import BackendUnavailable
from pki_manager.domain.events.actions import list_event_types
from pki_manager.domain.events.audit import AuditEvent
from pki_manager.domain.jobs import Job, JobKind, NewJob
from pki_manager.domain.rights.actor import Role, build_system_actor
from pki_manager.domain.rights.permission import PERSONAL, PUBLIC, Permission
from pki_manager.ports.audit_trail import AuditFilter
from pki_manager.protocols.rest.app import create_rest
from pki_manager.worker.outbox import HANDLERS
from tests.architecture.audit_row import Asked
from tests.architecture.audit_table import JOBS, READS, TABLE, issue
from tests.authority.acme.looks import answered
from tests.conftest import CHAIN, DATABASE_KEY, MAC_KEY
from tests.protocols.rest.door import Door, House, Reply, make_house, unique
from tests.services.forger import forger
from tests.support.acme_clients import make_client
from tests.support.csrs import make_csr
from tests.support.factories import ADMIN, with_ports
from tests.support.people import Browser, make_user, signed_in
from tests.support.providers import corp

PEER = "192.0.2.77"
_NOTHING = "01a20d6d-5a00-7000-8000-000000000000"


def _no_authority() -> Context:
    raise AssertionError("the document needs no authority")


@dataclass(frozen=True)
class Change:
    method: str
    path: str
    declared: dict[str, Any]

    @property
    def operation(self) -> str:
        name: str = self.declared["operationId"]
        return name

    @property
    def permission(self) -> Permission:
        return Permission(self.declared["x-permission"])

    @property
    def is_keyed(self) -> bool:
        return any(parameter["name"] == "Idempotency-Key" for parameter in self.declared.get("parameters", ()))

    def target(self, names: tuple[str, ...]) -> str:
        given = iter(names)
        return quote("/".join(next(given) if part.startswith("{") else part for part in self.path.split("/")))

    @property
    def target_of_nothing(self) -> str:
        return self.target((_NOTHING,) * self.path.count("{"))


CHANGES = [
    Change(method.upper(), path, declared)
    for path, operations in create_rest(_no_authority).openapi()["paths"].items()
    for method, declared in operations.items()
    if method != "get"
]
TOLD = [change for change in CHANGES if change.operation in TABLE]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, sqlcipher_template: Path) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("audit")
    shutil.copyfile(sqlcipher_template, folder / "pki.db")
    made = make_house(folder, folder / "pki.db", DATABASE_KEY, MAC_KEY)
    with forger(made.clock.now) as provider:
        ctx = with_ports(made.ctx, providers={"corp": corp(provider, made.clock)})
        door = replace(made.door, app=create_rest(lambda: ctx))
        yield replace(made, ctx=ctx, door=door, provider=provider)
    made.ctx.ports.storage.close()


@pytest.fixture
def door(house: House) -> Door:
    """Return a caller with a token and a new address, whose refusals are not yet counted as repeats."""
    house.ctx.state.refusals.drain()

    async def from_peer(scope: dict[str, Any], receive: Any, send: Any) -> None:
        await house.door.app({**scope, "client": (PEER, 50000)}, receive, send)

    return Door(from_peer, token=house.secrets[Role.ADMINISTRATOR])


def events(ctx: Context, **where: object) -> list[dict[str, Any]]:
    """Return the audit events, oldest first."""
    with ctx.ports.storage.read() as reader:
        page = reader.audit.page(AuditFilter(**where), None, 200)
    return [json.loads(event.body) for event in reversed(page.items)]


def of_request(house: House, reply: Reply) -> list[dict[str, Any]]:
    return [event for event in events(house.ctx) if event["request_id"] == reply.headers["x-request-id"]]


def send(door: Door, change: Change, asked: Asked, *headers: tuple[str, str]) -> Reply:
    """Return the caller that sends the request."""
    target = change.target(asked.path) + asked.query
    if asked.browser is not None:
        return asked.browser.send(change.method, target, asked.body)
    content, kind = asked.content()
    return door.send(change.method, target, content, [*kind, *headers])


def require_told(house: House, event: dict[str, Any], kind: str = "token") -> None:
    """Return actor, address, interface, and target of an event."""
    assert event["actor"]["kind"] == kind
    assert event["actor"]["id"].startswith(kind)
    assert event["actor"]["via"] == "rest"
    assert event["peer"] == PEER
    assert event["object"]["kind"]
    assert event["object"]["id"]
    assert event["time"] >= house.clock.now().strftime("%Y-%m-%dT%H:%M")


def test_aud_01_every_operation_is_in_the_table() -> None:
    assert {change.operation for change in CHANGES} == TABLE.keys() | READS
    assert not TABLE.keys() & READS
    for change in CHANGES:
        is_plain = change.operation in READS or change.permission in PUBLIC
        assert change.is_keyed == (change.method == "POST" and not is_plain), change.operation


STATED_REASON = {"approval.overridden", "approval.rejected", "approval.voided", "key.retired", "request.rejected"}
"""Actions whose events contain a reason although they succeeded: the one that the user or the server stated."""


@pytest.mark.parametrize("change", TOLD, ids=lambda change: change.operation)
def test_aud_01_a_change_leaves_its_events_and_no_other(house: House, door: Door, change: Change) -> None:
    row = TABLE[change.operation]
    asked = row.prepare(house, door)
    reply = send(door, change, asked)
    assert reply.status in (200, 201, 202, 204), reply.body
    left = of_request(house, reply)
    assert tuple(event["action"] for event in left) == row.events
    for event in left:
        require_told(house, event, "user" if asked.browser else "token")
        assert event["outcome"] == "success"
        assert (event["reason"] is not None) == (event["action"] in STATED_REASON)


@pytest.mark.parametrize("change", TOLD, ids=lambda change: change.operation)
def test_aud_01_a_change_that_is_refused_leaves_one_event(house: House, door: Door, change: Change) -> None:
    if change.permission in PERSONAL:
        kind, browser = "user", signed_in(door, make_user(house.ctx, Role.AUDITOR))
    elif change.permission in PUBLIC:
        kind, browser = "anonymous", Browser(door)
    else:
        kind, browser = "token", None
    reply = send(door, replace(change, path=change.target_of_nothing), Asked(body=[], browser=browser))
    assert 400 <= reply.status < 500
    (event,) = of_request(house, reply)
    require_told(house, event, kind)
    assert event["action"] == "operation.refused"
    assert (event["outcome"], event["reason"]) == ("refused", reply.json["code"])
    assert event["object"] == {"kind": "operation", "id": change.operation}
    assert event["details"]["times"] == 1


NEEDING = [change for change in TOLD if change.permission not in PUBLIC]


@pytest.mark.parametrize("change", NEEDING, ids=lambda change: change.operation)
def test_aud_01_a_permission_that_is_missing_leaves_one_event(house: House, door: Door, change: Change) -> None:
    reply = door.with_token(house.secrets[Role.AUDITOR]).send(change.method, change.target_of_nothing)
    assert reply.status == 403
    (event,) = of_request(house, reply)
    require_told(house, event)
    assert (event["action"], event["outcome"], event["reason"]) == ("access.denied", "refused", "forbidden")
    assert event["object"]["id"] == change.operation


def test_aud_01_what_policy_refuses_is_told_once_with_its_rules(house: House, door: Door) -> None:
    body = {"ca": "Issuing CA", "profile": "tls-server", "csr": make_csr("bad_name.example.com")}
    reply = door.post("/certificates", body)
    assert reply.status == 422
    (event,) = of_request(house, reply)
    assert event["action"] == "certificate.issue_refused"
    assert event["details"]["rules"]


def test_aud_01_a_state_that_forbids_it_is_told_with_the_object_that_was_named(house: House, door: Door) -> None:
    certificate = issue(door)
    asked = Asked((certificate,), {"reason": "superseded"})
    target = f"/certificates/{certificate}/revoke"
    assert door.post(target, asked.body).status == 200
    reply = door.post(target, asked.body)
    assert reply.status == 409
    (event,) = of_request(house, reply)
    assert (event["action"], event["reason"]) == ("operation.refused", "conflict")
    assert event["details"]["target"] == certificate


def test_aud_01_a_signature_that_failed_is_told_once(house: House, door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    backend = house.ctx.ports.signers.get("embedded")

    def away(*_: object) -> bytes:
        raise BackendUnavailable("gone")

    with monkeypatch.context() as patch:
        patch.setattr(type(backend), "sign", away)
        failed = TABLE["issue_certificate"].prepare(house, door)
        reply = door.post("/certificates", failed.body)
        crl = door.post("/cas/Issuing%20CA/crls")
    assert (reply.status, crl.status) == (503, 503)
    assert [e["action"] for e in of_request(house, reply)] == ["certificate.issue_intended", "certificate.issue_failed"]
    assert [e["action"] for e in of_request(house, crl)] == ["crl.intended", "crl.failed"]


def test_aud_01_a_fault_of_ours_is_told(house: House, door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    from pki_manager.authority.rights import tokens

    def broken(*_: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr(tokens, "create_secret", broken)
        reply = Door(door.app, ADMIN).post("/tokens", {"name": "x", "role": "auditor", "expires": "P1D"})
    assert reply.status == 500
    (event,) = of_request(house, reply)
    assert (event["action"], event["outcome"], event["reason"]) == ("operation.refused", "failed", "internal")


def test_aud_01_background_jobs_leave_their_events(tmp_path: Path, sqlcipher_template: Path) -> None:
    """Run the jobs in the worker's order, each with work to do: after a year all of them are due."""
    shutil.copyfile(sqlcipher_template, tmp_path / "pki.db")
    house = make_house(tmp_path, tmp_path / "pki.db", DATABASE_KEY, MAC_KEY)
    ctx = house.ctx
    house.clock.advance(timedelta(days=400))
    with ctx.ports.storage.read() as reader:
        key = reader.issuer_keys.get_current(find_ca(reader, "Issuing CA").id)
    waiting = house.door.post("/requests", TABLE["submit_request"].prepare(house, house.door).body).json["id"]
    payload = {"issuer_key": str(key.id), "serials": "01", "request": waiting}
    for kind, handler in HANDLERS.items():
        house.clock.advance(timedelta(seconds=1))
        since = house.clock.now()
        handler.run(ctx, build_system_actor("worker"), [_something_to_do(ctx, kind, payload)])
        left = events(ctx, since=since)
        assert tuple(event["action"] for event in left) == JOBS[kind]
        kinds = {"system", ADMIN.kind.value} if kind is JobKind.BULK else {"system"}
        assert {event["actor"]["kind"] for event in left} <= kinds
        assert {event["request_id"] for event in left} <= {None}
    assert {*HANDLERS, JobKind.VALIDATE_CHALLENGE} == set(JobKind) == set(JOBS)
    ctx.ports.storage.close()


def test_aud_01_so_does_a_challenge_that_is_looked_at(house: House) -> None:
    challenge = answered(make_client(house.ctx), "www.example.com", ChallengeKind.DNS_01)
    house.clock.advance(timedelta(seconds=1))
    since = house.clock.now()
    validate(house.ctx, build_system_actor("validator"), challenge.id, is_last=False)
    left = events(house.ctx, since=since)
    assert tuple(event["action"] for event in left) == JOBS[JobKind.VALIDATE_CHALLENGE]
    assert {(event["actor"]["kind"], event["request_id"]) for event in left} == {("system", None)}


def _something_to_do(ctx: Context, kind: JobKind, payload: dict[str, str]) -> Job:
    if kind is JobKind.BULK:
        row = {"ca": "Issuing CA", "profile": "tls-server", "csr": make_csr("bulk.example.com")}
        submit(ctx, ADMIN, BulkAction.ISSUE, [row])
        with ctx.ports.storage.housekeep() as uow:
            return uow.jobs.take(ctx.ports.clock.now(), timedelta(minutes=1), 1, kind)[0]
    with ctx.ports.storage.housekeep() as uow:
        return uow.jobs.get(uow.jobs.enqueue(NewJob(kind, payload), ctx.ports.clock.now()))


def test_access_denied_a_thousand_times_is_told_once_and_then_counted(house: House, door: Door) -> None:
    denied = door.with_token(house.secrets[Role.REQUESTER])
    house.clock.advance(timedelta(minutes=1))
    since = house.clock.now()
    for _ in range(200):
        assert denied.get("/audit").status == 403
    assert denied.get("/jobs").status == 403
    refusal_log.flush_refusals(house.ctx)
    left = events(house.ctx, action="access.denied", since=since)
    told = [(event["object"]["id"], event["details"]["times"]) for event in left]
    assert told == [("list_audit", 1), ("list_jobs", 1), ("list_audit", 199)]
    assert denied.get("/audit").status == 403
    assert len(events(house.ctx, action="access.denied", since=since)) == 4
    assert verify_audit(house.ctx, ADMIN).valid


def test_the_house_has_one_chain(house: House) -> None:
    with house.ctx.ports.storage.read() as reader:
        assert [head.chain for head in reader.audit.list_heads()] == [CHAIN]


_PLAIN = {"str", "int", "bool", "float", "None", "tuple[str, ...]", "KeyOperation", "Outcome"}
_SECRET = re.compile(r"secret|password|passphrase|bearer|private|pem$|der$|csr|body|pin")


@pytest.mark.parametrize("kind", list_event_types(), ids=lambda kind: kind.ACTION)
def test_aud_07_an_event_holds_texts_and_numbers_and_none_is_named_like_a_secret(kind: type[AuditEvent]) -> None:
    """Require that events contain no bytes: hashes and identifiers are text."""
    for field in fields(kind):
        assert set(re.split(r" \| ", str(field.type))) <= _PLAIN, field
        assert not _SECRET.search(field.name), field


JSON = [("Content-Type", "application/json")]
SPOKEN = (
    *("secret", "token", "private_key", "passphrase", "password", "current_password", "new_password"),
    *("sign_in_url", "csrf_token", "hmac_key"),
)
"""Members of requests and responses that are secrets."""


def test_aud_07_no_secret_of_any_kind_reaches_the_trail_or_the_log(
    house: House, door: Door, caplog: pytest.LogCaptureFixture
) -> None:
    """Run every changing operation, done and refused, with secrets in all places that a caller can fill."""
    caplog.set_level(logging.DEBUG)
    secrets = [*house.secrets.values(), unique("idempotency"), unique("canary")]
    spoken: list[str] = []
    wrong = door.with_token("pkim_" + "A" * 43)
    for change in TOLD:
        asked = TABLE[change.operation].prepare(house, door)
        if asked.browser is not None:
            spoken += asked.browser.cookies.values()
            reply = send(door, change, asked)
            spoken += asked.browser.cookies.values()
        else:
            reply = send(door, change, asked, ("Idempotency-Key", f"{secrets[-2]}-{change.operation}"))
        assert reply.status < 300
        told = reply.json if reply.body else {}
        asked_and_told = {**told, **(asked.body if isinstance(asked.body, dict) else {})}
        spoken += [asked_and_told[name] for name in SPOKEN if isinstance(asked_and_told.get(name), str)]
        door.send(change.method, change.target(asked.path), json.dumps({"x": secrets[-1]}).encode(), JSON)
        wrong.send(change.method, change.target(asked.path))
    refusal_log.flush_refusals(house.ctx)
    secrets += spoken
    for key in (DATABASE_KEY, MAC_KEY):
        secrets += [key.hex(), base64.b64encode(key).decode(), repr(key)]
    with house.ctx.ports.storage.read() as reader:
        trail = b"".join(event.body for event in reader.audit.iterate_chain(CHAIN)).decode()
    for where in (trail, caplog.text):
        assert [secret for secret in secrets if secret in where] == []
        assert "CERTIFICATE REQUEST" not in where
        assert "PRIVATE KEY" not in where
