"""What has gone wrong elsewhere about rights, asked here: others' objects, names beside a scope, dead rights."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest

from pki_manager.domain.rights.actor import Role
from tests.protocols.rest.door import Door, unique
from tests.protocols.rest.queue import Queue, furnish_queue
from tests.services.postgresql import PostgresServer
from tests.support.csrs import make_csr
from tests.support.people import Browser, make_user

TEN = {"names": ["DNS:example.com", "IP:10.0.0.0/8"]}


@pytest.fixture(scope="module", params=["sqlcipher", "postgresql"])
def queue(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Queue]:
    """One for all on each engine: every test makes what it looks at."""
    folder = tmp_path_factory.mktemp("incidents")
    if request.param == "sqlcipher":
        url = f"sqlcipher:{folder / 'pki.db'}"
        shutil.copyfile(request.getfixturevalue("sqlcipher_template"), folder / "pki.db")
    else:
        server: PostgresServer = request.getfixturevalue("postgresql")
        url = server.url(server.create_database(request.getfixturevalue("postgresql_template")))
    made = furnish_queue(folder, url)
    yield made
    made.house.ctx.ports.storage.close()


def issued(door: Door, *sans: str, profile: str = "tls-server", **more: Any) -> Any:
    name = f"{unique('incident')}.example.com"
    body = {"ca": "Issuing CA", "profile": profile, "csr": make_csr(name), **more}
    reply = door.post("/certificates", body | ({"sans": list(sans), "subject": ""} if sans else {}))
    assert reply.status == 201, reply.body
    return reply.json


def token(queue: Queue, door: Door, role: str = "administrator", **narrowing: Any) -> Door:
    made = door.post("/tokens", {"name": unique("t"), "role": role, "expires": "P1D", **narrowing})
    assert made.status == 201, made.body
    return queue.house.door.with_token(made.json["token"])


def test_aut_04_a_private_key_is_in_no_answer_but_the_one_that_hands_it_out(queue: Queue) -> None:
    owner = queue.administrator
    order = {"csr": None, "key_type": "ECDSA-P256", "passphrase": "correct horse battery", "key_format": "pem"}
    made = issued(owner, f"DNS:{unique('key')}.example.com", **order)
    assert "ENCRYPTED PRIVATE KEY" in made["private_key"]
    secret = made["private_key"].splitlines()[2]
    target = f"/certificates/{made['id']}"
    forms = [f"{target}/export?format={form}" for form in ("pem", "der", "chain", "fullchain", "p7b", "p12", "jks")]
    for where in (target, f"{target}/chain", *forms, "/certificates", "/keys", f"/search?q={made['serial_number']}"):
        answer = owner.get(where)
        assert answer.status == 200, where
        assert b"PRIVATE KEY" not in answer.body, where
        assert secret.encode() not in answer.body, where
    assert secret not in str(queue.events(object_id=made["id"]))


@pytest.mark.parametrize(
    "query", ["?query={name}", "?query={serial}", "?profile=tls-server", "?state=valid", "?expires_before={late}", ""]
)
def test_no_filter_search_or_count_tells_of_others_certificates(queue: Queue, query: str) -> None:
    made = issued(queue.administrator)
    stranger = queue.another_requester()
    told = {"name": made["sans"][0][4:], "serial": made["serial_number"], "late": "2099-01-01T00:00:00Z"}
    assert stranger.get("/certificates" + query.format(**told)).json["items"] == []
    found = stranger.get(f"/search?q={told['name']}").body.decode()
    assert made["id"] not in found
    counts = stranger.get("/dashboard").json
    assert made["id"] not in str(counts)
    assert stranger.get("/audit").status == 403


def test_what_is_not_mine_and_what_is_not_there_are_one_answer(queue: Queue) -> None:
    made, stranger = issued(queue.administrator), queue.another_requester()
    nothing = "01a20d6d-5a00-7000-8000-000000000000"
    for verb, body in (("", None), ("/chain", None), ("/revoke", {"reason": "superseded"}), ("/renew", {})):
        replies = []
        for which in (made["id"], nothing):
            target = f"/certificates/{which}{verb}"
            reply = stranger.get(target) if body is None else stranger.post(target, body)
            known = reply.json | {"request_id": None, "detail": reply.json["detail"].replace(which, "")}
            replies.append((reply.status, known))
        assert replies[0] == replies[1], verb
        assert replies[0][0] in (403, 404)


def test_a_page_of_somebody_elses_list_continues_with_ones_own(queue: Queue) -> None:
    for _ in range(2):
        issued(queue.administrator)
    page = queue.administrator.get("/certificates?limit=1").json
    stranger = queue.another_requester()
    assert stranger.get(f"/certificates?limit=1&cursor={page['next_cursor']}").json["items"] == []


def test_a_bulk_file_reaches_no_further_than_its_sender(queue: Queue) -> None:
    theirs = issued(queue.administrator)["id"]
    limited = token(queue, queue.approvers[0], "registration-authority", reach="own")
    body = f"certificate\n{theirs}\n".encode()
    assert limited.send("POST", "/certificates/bulk?action=revoke", body, [("Content-Type", "text/csv")]).status == 403


@pytest.mark.parametrize(
    ("san", "within"),
    [
        ("DNS:www.example.com", True),
        ("DNS:example.com", True),
        ("DNS:evilexample.com", False),
        ("DNS:example.com.evil.test", False),
        ("DNS:WWW.EXAMPLE.COM", True),
        ("DNS:*.example.com", True),
        ("IP:10.1.2.3", True),
        ("IP:11.0.0.1", False),
        ("IP:::ffff:10.1.2.3", False),
        ("IP:::a01:203", False),
        ("email:root@example.com", False),
    ],
)
def test_nam_06_names_beside_a_scope_are_outside(queue: Queue, san: str, within: bool) -> None:
    limited = token(queue, queue.administrator, **TEN)
    body = {"ca": "Issuing CA", "profile": "tls-server", "csr": make_csr("x.example.com"), "subject": "", "sans": [san]}
    status = limited.post("/certificates", body).status
    assert (status == 201) is within, status


def test_a_wildcard_above_a_scope_is_outside(queue: Queue) -> None:
    limited = token(queue, queue.administrator, names=["DNS:www.example.com"])
    body = {"ca": "Issuing CA", "profile": "tls-server", "csr": make_csr("x.example.com"), "subject": ""}
    assert limited.post("/certificates", body | {"sans": ["DNS:*.example.com"]}).status == 403
    assert limited.post("/certificates", body | {"sans": ["DNS:www.example.com"]}).status == 201


def test_a_disabled_users_tokens_sessions_and_service_accounts_are_dead_at_once(queue: Queue) -> None:
    user = make_user(queue.house.ctx, Role.CA_OPERATOR)
    browser = Browser(queue.house.door)
    assert browser.sign_in(user.login).status == 201
    made = browser.post("/tokens", {"name": "t", "role": "ca-operator", "expires": "P1D"})
    own = queue.house.door.with_token(made.json["token"])
    account = queue.administrator.post(
        "/service-accounts", {"name": unique("account"), "role": "ca-operator", "user": str(user.id)}
    ).json
    service = token(queue, queue.administrator, "ca-operator", service_account=account["id"])
    assert [door.get("/cas").status for door in (own, service)] == [200, 200]
    assert queue.administrator.post(f"/users/{user.id}/disable").status == 200
    queue.house.ctx.state.tokens.forget()
    assert [door.get("/cas").status for door in (own, service, browser)] == [401, 401, 401]
    assert Browser(queue.house.door).sign_in(user.login).status == 401


@pytest.mark.parametrize("member", ["owner_id", "team_id", "owner", "requested_by", "state", "approvals", "expires_at"])
def test_nobody_sets_what_is_not_theirs_to_set(queue: Queue, member: str) -> None:
    body = {"ca": "Issuing CA", "profile": "tls-server", "csr": make_csr(f"{unique('mass')}.example.com")}
    for target in ("/requests", "/certificates"):
        reply = queue.administrator.post(target, body | {member: "user:somebody"})
        assert reply.status in (400, 422)
        assert member in reply.fields
    request = queue.submit()
    edit = {"plan_sha256": request["plan_sha256"], member: "user:somebody"}
    assert member in queue.requester.post(f"/requests/{request['id']}/edit", edit).fields


def test_web_01_a_comment_is_text_in_every_answer(queue: Queue) -> None:
    request = queue.submit()
    text = '"><img src=x onerror=alert(1)>\n=HYPERLINK(1)'
    reply = queue.requester.post(f"/requests/{request['id']}/comment", {"text": text})
    assert reply.json["comments"][0]["text"] == text
    assert reply.headers["content-type"] == "application/json"
    control = queue.requester.post(f"/requests/{request['id']}/comment", {"text": "a\u202eb\u0000"})
    assert control.status in (400, 422)


@pytest.mark.parametrize("header", ["x-ssl-client-s-dn", "ssl-client-subject", "x-forwarded-user", "remote-user"])
def test_aut_17_a_name_in_a_header_or_a_device_certificate_is_nobody(queue: Queue, header: str) -> None:
    """No door takes a client certificate for a person; what a proxy says of one is not heard."""
    named = [(header, "CN=admin"), ("x-ssl-client-verify", "SUCCESS")]
    assert queue.house.door.with_token(None).get("/me", named).status == 401


@pytest.mark.parametrize("path", ["/api/v1/events", "/api/v1/jobs", "/ws"])
def test_aut_22_there_is_no_socket_to_listen_at(queue: Queue, path: str) -> None:
    """What is told as it happens goes over HTTP, by a session that is looked at again and again."""
    sent: list[str] = []

    async def receive() -> dict[str, str]:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        sent.append(message["type"])

    scope = {"type": "websocket", "path": path, "headers": [], "query_string": b"", "subprotocols": []}
    with suppress(Exception):  # whatever the framework makes of it, it lets nobody in
        asyncio.run(queue.house.door.app(scope, receive, send))
    assert "websocket.accept" not in sent


def test_web_16_settings_hide_their_secrets_and_are_for_who_runs_the_installation(queue: Queue) -> None:
    assert queue.another_requester().get("/settings").status == 403
    assert queue.approvers[0].get("/settings").status == 403
    told = queue.administrator.get("/settings")
    assert told.status == 200
    for one in told.json if isinstance(told.json, list) else told.json["items"]:
        if any(word in one["name"] for word in ("secret", "passphrase", "password")):
            assert one["value"] in (None, "", "(hidden)", "hidden"), one
