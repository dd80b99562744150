"""What every request goes through: URLs, media types, nonces, accounts."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from pki_manager.authority.rights import tokens
from tests.conftest import OpenStorage
from tests.fakes.clock import FrozenClock
from tests.protocols.acme.client import BASE, KEEP, PUBLIC, AcmeClient, Door, kind, new_client
from tests.protocols.acme.signing import new_signer
from tests.protocols.rest.door import House
from tests.support.factories import ADMIN, make_authority

DIRECTORY = "/acme/Issuing%20CA/tls-server/directory"
POSTED = (
    "/new-account", "/key-change", "/Issuing%20CA/tls-server/new-order", "/new-order", "/Issuing%20CA/new-order",
    "/revoke-cert", "/accounts/{id}",
    "/accounts/{id}/orders", "/orders/{id}", "/orders/{id}/finalize", "/certificates/{id}", "/certificates/{id}/1",
    "/authorizations/{id}", "/challenges/{id}",
)  # fmt: skip
NOTHING = "01a20d6d-5a00-7000-8000-000000000000"


def test_a_directory_names_everything_and_wants_a_binding(door: Door) -> None:
    told = door.get(DIRECTORY, Host="pki.example:8443").json
    assert told == {
        "newNonce": f"{BASE}/acme/new-nonce",
        "newAccount": f"{BASE}/acme/new-account",
        "newOrder": f"{BASE}/acme/Issuing%20CA/tls-server/new-order",
        "revokeCert": f"{BASE}/acme/revoke-cert",
        "keyChange": f"{BASE}/acme/key-change",
        "renewalInfo": f"{BASE}/acme/renewal-info",
        "meta": {"externalAccountRequired": True},
    }


@pytest.mark.parametrize(
    ("host", "base"),
    [
        ("evil.test", BASE), ("pki.example", BASE), ("pki.example:8443.evil.test", BASE), ("PKI.example:8443", BASE),
        ("public.example", PUBLIC), ("public.example:80", PUBLIC), ("public.example:8080", BASE), ("", BASE),
        ("public.example@evil.test", BASE), ("[::1]", BASE),
    ],
)  # fmt: skip
def test_acm_26_no_host_but_ours_is_in_a_directory(door: Door, host: str, base: str) -> None:
    told = door.get(DIRECTORY, Host=host).json
    assert told["newAccount"] == f"{base}/acme/new-account"


def test_acm_26_forwarded_hosts_do_not_count(door: Door) -> None:
    forged = {"X-Forwarded-Host": "evil.test", "X-Forwarded-Proto": "http", "Forwarded": "host=evil.test"}
    plain = door.get(DIRECTORY, Host="pki.example:8443")
    assert door.get(DIRECTORY, Host="pki.example:8443", **forged).body == plain.body


def test_a_nonce_is_given_to_who_asks_and_with_every_answer_to_a_post(door: Door, client: AcmeClient) -> None:
    asked, headed = door.get("/acme/new-nonce"), door.get("/acme/new-nonce", method="HEAD")
    assert (asked.status, headed.status, asked.body, headed.body) == (204, 200, b"", b"")
    assert asked.headers["cache-control"] == "no-store"
    seen = {reply.headers["replay-nonce"] for reply in (asked, headed)}
    for path in (*POSTED, "/nowhere", "/new-nonce"):
        reply = door.post(f"{BASE}/acme{path}".format(id=NOTHING), b"{}")
        assert reply.status >= 400
        seen.add(reply.headers["replay-nonce"])
    seen.add(client.post(client.kid).headers["replay-nonce"])
    assert len(seen) == len(POSTED) + 5
    assert "replay-nonce" not in door.get(DIRECTORY).headers


def test_acm_12_a_nonce_is_good_once(door: Door, client: AcmeClient) -> None:
    nonce = door.nonce()
    assert client.post(client.kid, nonce=nonce).status == 200
    again = client.post(client.kid, nonce=nonce)
    assert (again.status, kind(again)) == (400, "badNonce")
    assert client.post(client.kid, nonce=again.headers["replay-nonce"]).status == 200


def test_acm_12_of_many_at_once_one_nonce_serves_one(door: Door, client: AcmeClient) -> None:
    body = client.signed(client.kid)
    with ThreadPoolExecutor(8) as pool:
        replies = list(pool.map(lambda _: door.post(client.kid, body), range(8)))
    assert sorted(reply.status for reply in replies) == [200, *[400] * 7]
    assert {kind(reply) for reply in replies if reply.status == 400} == {"badNonce"}


@pytest.mark.parametrize("nonce", ["", "x", "A" * 64, "é", 'a"b', "A" * 5000])
def test_a_nonce_of_somebody_else_is_none(client: AcmeClient, nonce: str) -> None:
    assert kind(client.post(client.kid, nonce=nonce)) == "badNonce"


def test_a_request_without_a_nonce_or_with_an_old_one_is_refused(house: House, client: AcmeClient) -> None:
    assert kind(client.post(client.kid, nonce=KEEP)) == "badNonce"
    old = client.door.nonce()
    house.clock.advance(timedelta(hours=1))
    assert kind(client.post(client.kid, nonce=old)) == "badNonce"


def test_a_signature_that_is_none_spends_no_nonce(client: AcmeClient) -> None:
    nonce = client.door.nonce()
    assert kind(client.post(client.kid, nonce=nonce, signer=new_signer())) == "malformed"
    assert client.post(client.kid, nonce=nonce).status == 200


def test_acm_11_a_key_that_is_told_has_to_be_the_one_that_signs(client: AcmeClient) -> None:
    nonce, stranger = client.door.nonce(), new_signer()
    for path, payload in (("/new-account", {"onlyReturnExisting": True}), ("/revoke-cert", {"certificate": "AA"})):
        url = client.url(path)
        reply = client.post(url, payload, nonce=nonce, signer=stranger, jwk=client.signer.jwk, kid=KEEP)
        assert (reply.status, kind(reply)) == (400, "malformed")
        assert "signature" in reply.json["detail"]
    assert client.post(client.kid, nonce=nonce).status == 200


@pytest.mark.parametrize("media_type", ["", "application/json", "application/jose", "application/jose+json; q=1"])
def test_acm_11_another_media_type_is_refused(client: AcmeClient, media_type: str) -> None:
    reply = client.door.post(client.kid, client.signed(client.kid), media_type=media_type)
    assert (reply.status, kind(reply)) == (415, "malformed")


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.test/acme/accounts/{id}", BASE + "/acme/new-order", BASE + "/acme/accounts/{id}/",
        BASE + "/acme/accounts/{id}?x=1", "/acme/accounts/{id}", BASE + "/acme/accounts/%7Bid%7D", "",
    ],
)  # fmt: skip
def test_acm_11_a_request_for_another_url_is_unauthorized(client: AcmeClient, url: str) -> None:
    told = url.format(id=client.account_id)
    reply = client.door.post(client.kid, client.signed(told))
    assert (reply.status, kind(reply)) == (401, "unauthorized")


def test_a_request_may_name_us_by_either_of_our_names(client: AcmeClient) -> None:
    told = client.kid.replace(BASE, PUBLIC)
    assert client.door.post(client.kid, client.signed(told, kid=told)).status == 200


@pytest.mark.parametrize("key_id", ["x", BASE, "https://evil.test/acme/accounts/{id}", BASE + "/acme/orders/{id}"])
def test_a_kid_that_is_no_account_of_ours_is_malformed(client: AcmeClient, key_id: str) -> None:
    told = key_id.format(id=client.account_id)
    assert kind(client.post(client.kid, kid=told)) == "malformed"


def test_an_account_that_does_not_exist_is_told(client: AcmeClient) -> None:
    reply = client.post(client.kid, kid=client.kid.replace(str(client.account_id), NOTHING))
    assert (reply.status, kind(reply)) == (400, "accountDoesNotExist")


def test_acm_11_a_key_is_told_only_where_no_account_is(client: AcmeClient) -> None:
    for path in POSTED:
        url = client.url(path.format(id=client.account_id))
        reply = client.post(url, {}) if path == "/new-account" else client.by_key(url, {"certificate": "AA"})
        assert kind(reply) == "malformed", path


def test_what_is_too_large_is_refused_before_it_is_read(client: AcmeClient) -> None:
    reply = client.door.post(client.kid, b" " * (64 * 1024 + 1))
    assert (reply.status, kind(reply)) == (413, "malformed")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff", b"[" * 60_000, b'{"payload":' * 6000], ids=len)
def test_what_is_no_json_is_malformed(client: AcmeClient, body: bytes) -> None:
    assert kind(client.door.post(client.kid, body)) == "malformed"


def test_unknown_paths_and_methods_are_problem_documents(door: Door, client: AcmeClient) -> None:
    assert (kind(door.get("/acme/nowhere")), door.get("/acme/nowhere").status) == ("malformed", 404)
    for path in POSTED:
        reply = door.get(f"/acme{path}".format(id=NOTHING))
        assert (kind(reply), reply.status, reply.headers["allow"]) == ("malformed", 405, "POST")
    for place in ("orders", "certificates", "authorizations", "challenges"):
        for name in (NOTHING, "x", "%00"):
            url = client.url(f"/{place}/{name}")
            assert (kind(client.post(url)), client.post(url).status) == ("malformed", 404)


def test_acm_16_nothing_is_done_for_an_account_that_has_ended(door: Door) -> None:
    deactivated, revoked = new_client(door), new_client(door)
    assert deactivated.post(deactivated.kid, {"status": "deactivated"}).json["status"] == "deactivated"
    tokens.revoke_token(door.ctx, ADMIN, revoked.binding.token.id)
    for client in (deactivated, revoked):
        for path in POSTED:
            url = client.url(path.format(id=client.account_id if "accounts" in path else NOTHING))
            reply = client.by_key(url, {}) if path == "/new-account" else client.post(url, {"a": 1})
            assert (reply.status, kind(reply)) == (401, "unauthorized"), path


def test_what_goes_wrong_on_our_side_is_told_in_no_detail(
    door: Door, client: AcmeClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise ValueError("secret")

    monkeypatch.setattr("pki_manager.protocols.acme.responses.build_account", broken)
    reply = client.post(client.kid)
    assert (reply.status, kind(reply)) == (500, "serverInternal")
    assert b"secret" not in reply.body
    assert "secret" in caplog.text
    assert reply.headers["replay-nonce"]
    assert reply.headers["x-request-id"]


@pytest.fixture
def processes(open_storage: OpenStorage, clock: FrozenClock, tmp_path: Path) -> list[Door]:
    """Two on one database."""
    return [
        Door(make_authority(tmp_path, open_storage(chain=f"host/worker-{number}"), clock, node=f"host/worker-{number}"))
        for number in (1, 2)
    ]


def test_acm_12_a_nonce_of_one_process_is_good_once_for_all(processes: list[Door]) -> None:
    one, other = processes
    client = new_client(one)
    assert other.post(client.kid, client.signed(client.kid)).status == 200
    body = client.signed(client.kid)
    with ThreadPoolExecutor(2) as pool:
        replies = list(pool.map(lambda door: door.post(client.kid, body), processes))
    assert sorted(reply.status for reply in replies) == [200, 400]
    assert kind(max(replies, key=lambda reply: reply.status)) == "badNonce"
