"""Accounts at the door (RFC 8555 §7.3): bound by a key of ours, changed by themselves alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pki_manager.authority.rights import tokens
from tests.protocols.acme.client import BASE, PUBLIC, AcmeClient, Door, kind, new_client
from tests.protocols.acme.signing import b64, new_signer
from tests.support.acme import eab_key
from tests.support.factories import ADMIN

URL = f"{BASE}/acme/new-account"


def test_an_account_is_made_once_and_found_by_its_key_again(door: Door) -> None:
    client = new_client(door, registered=False)
    made = client.register(contact=["mailto:admin@example.com"], termsOfServiceAgreed=True)
    assert made.status == 201
    assert made.json == {
        "status": "valid",
        "contact": ["mailto:admin@example.com"],
        "orders": f"{client.kid}/orders",
    }
    for payload in ({}, {"onlyReturnExisting": True}, {"externalAccountBinding": "whatever"}):
        again = client.by_key(URL, payload)
        assert (again.status, again.headers["location"], again.json) == (200, client.kid, made.json)


@pytest.mark.parametrize("which", ["P-256", "P-384", "P-521", "Ed25519", "RSA-2048"])
def test_every_kind_of_key_can_be_an_accounts(door: Door, which: str) -> None:
    client = new_client(door, new_signer(which))
    assert client.post(client.kid).json["status"] == "valid"


def test_without_a_binding_there_is_no_account_and_the_client_is_told_why(door: Door) -> None:
    client = new_client(door, registered=False)
    reply = client.by_key(URL, {"contact": []})
    assert (reply.status, kind(reply)) == (403, "externalAccountRequired")
    assert "external account key" in reply.json["detail"]
    reply = client.by_key(URL, {"onlyReturnExisting": True})
    assert (reply.status, kind(reply)) == (400, "accountDoesNotExist")


def test_where_a_key_is_open_an_account_needs_no_binding_and_the_directory_says_so(door: Door) -> None:
    directory = "/acme/Issuing%20CA/tls-server/directory"
    assert door.get(directory).json["meta"]["externalAccountRequired"] is True
    key = eab_key(door.ctx, is_open=True)
    try:
        assert door.get(directory).json["meta"]["externalAccountRequired"] is False
        assert new_client(door, registered=False).by_key(URL, {"contact": []}).status == 201
    finally:
        tokens.revoke_token(door.ctx, ADMIN, key.token.id)


def stranger_of(client: AcmeClient) -> AcmeClient:
    return new_client(client.door, registered=False)


ODD: dict[str, tuple[Callable[[AcmeClient], Any], str]] = {
    "another secret": (lambda c: stranger_of(c).bound(c.signer.jwk, key_id=str(c.binding.token.id)), "unauthorized"),
    "nobody's key": (lambda c: c.bound(key_id="01a20d6d-5a00-7000-8000-000000000000"), "unauthorized"),
    "no id at all": (lambda c: c.bound(key_id="../x"), "unauthorized"),
    "another url": (lambda c: c.bound(url=f"{BASE}/acme/revoke-cert"), "malformed"),
    "our other url": (lambda c: c.bound(url=f"{PUBLIC}/acme/new-account"), "malformed"),
    "another account's key": (lambda c: c.bound(new_signer().jwk), "malformed"),
    "a nonce": (lambda c: c.bound(nonce="x"), "malformed"),
    "a weak key": (lambda c: c.bound({"kty": "oct", "k": "AA"}), "badPublicKey"),
    "another algorithm": (lambda c: c.bound(alg="ES256"), "badSignatureAlgorithm"),
    "another length": (lambda c: c.bound(alg="HS512"), "unauthorized"),
    "no signature": (lambda c: c.bound(alg="none"), "badSignatureAlgorithm"),
    "a key and an id": (lambda c: c.bound(jwk=None) | {"header": {}}, "malformed"),
    "payload that is no JSON": (lambda c: c.bound() | {"payload": b64(b"{")}, "malformed"),
    "text": (lambda _: "x", "malformed"),
    "nothing": (lambda _: {}, "malformed"),
}  # fmt: skip


@pytest.mark.parametrize("name", ODD)
def test_a_binding_that_is_none_makes_no_account(door: Door, name: str) -> None:
    client = new_client(door, registered=False)
    make, told = ODD[name]
    reply = client.by_key(URL, {"externalAccountBinding": make(client)})
    assert kind(reply) == told
    assert kind(client.by_key(URL, {"onlyReturnExisting": True})) == "accountDoesNotExist"


def test_a_revoked_tokens_key_binds_nothing(door: Door) -> None:
    client = new_client(door, registered=False)
    tokens.revoke_token(door.ctx, ADMIN, client.binding.token.id)
    reply = client.register()
    assert (reply.status, kind(reply)) == (401, "unauthorized")


def test_contacts_are_changed_and_shown(client: AcmeClient) -> None:
    changed = client.post(client.kid, {"contact": ["mailto:a@example.com"], "status": None})
    assert changed.json["contact"] == ["mailto:a@example.com"]
    assert client.post(client.kid, {}).json == client.post(client.kid).json == changed.json


@pytest.mark.parametrize("state", ["valid", "revoked", 5, [], None])
def test_a_client_may_send_the_whole_account_back(client: AcmeClient, state: object) -> None:
    told = client.post(client.kid).json
    assert client.post(client.kid, {**told, "orders": "elsewhere", "status": state}).json == told


@pytest.mark.parametrize(
    ("payload", "told"),
    [
        ({"contact": ["tel:+123"]}, "unsupportedContact"),
        ({"contact": ["mailto:"]}, "invalidContact"),
        ({"contact": ["mailto:a@example.com,b@example.com"]}, "invalidContact"),
        ({"contact": ["mailto:a@example.com"] * 3 + [f"mailto:{n}@example.com" for n in range(10)]}, "invalidContact"),
        ({"contact": "mailto:a@example.com"}, "malformed"),
        ({"contact": [5]}, "malformed"),
        ({"contact": None}, "malformed"),
        ([], "malformed"),
        (b'{"a":1,"a":2}', "malformed"),
        (b'{"contact":["mailto:\\u0000@example.com"]}', "malformed"),
        (b'{"contact":["\\ud800"]}', "malformed"),
        (b"x", "malformed"),
    ],
)
def test_what_is_no_change_of_an_account_is_refused(client: AcmeClient, payload: object, told: str) -> None:
    assert kind(client.post(client.kid, payload)) == told


def test_acm_14_an_account_sees_and_changes_itself_alone(door: Door, client: AcmeClient) -> None:
    stranger = new_client(door)
    for url, payload in ((client.kid, None), (client.kid, {"status": "deactivated"}), (f"{client.kid}/orders", None)):
        reply = stranger.post(url, payload)
        assert (reply.status, kind(reply)) == (403, "unauthorized")
    assert client.post(client.kid).json["status"] == "valid"


def test_acm_17_a_key_is_changed_for_a_new_one(client: AcmeClient) -> None:
    old, new = client.signer, new_signer("P-384")
    reply = change(client)(new)
    assert (reply.status, reply.headers["location"]) == (200, client.kid)
    assert kind(client.post(client.kid)) == "badSignatureAlgorithm"
    client.signer = new
    assert client.post(client.kid).status == 200
    assert client.by_key(URL, {}, new).headers["location"] == client.kid
    assert kind(client.by_key(URL, {"onlyReturnExisting": True}, old)) == "accountDoesNotExist"


def change(client: AcmeClient) -> Callable[..., Any]:
    """A key change, right but for what is said: of the inner header, the inner payload, or `by` another key."""
    url = client.url("/key-change")

    def ask(new: Any, *, header: Any = None, payload: Any = None, by: Any = None) -> Any:
        told = {"account": client.kid, "oldKey": client.signer.jwk, **(payload or {})}
        inner = (by or new).jws({"jwk": new.jwk, "url": url, **(header or {})}, told)
        return client.post(url, inner)

    return ask


def test_acm_17_a_key_that_has_an_account_is_a_conflict_that_names_it(door: Door, client: AcmeClient) -> None:
    other = new_client(door)
    reply = change(client)(other.signer)
    assert (reply.status, reply.headers["location"]) == (409, other.kid)
    assert client.post(client.kid).status == other.post(other.kid).status == 200


INNER: dict[str, dict[str, Any]] = {
    "another url": {"header": {"url": f"{BASE}/acme/new-account"}},
    "our other url": {"header": {"url": f"{PUBLIC}/acme/key-change"}},
    "a nonce": {"header": {"nonce": "x"}},
    "another account": {"payload": {"account": f"{BASE}/acme/accounts/01a20d6d-5a00-7000-8000-000000000000"}},
    "no account": {"payload": {"account": None}},
    "another's old key": {"payload": {"oldKey": new_signer().jwk}},
    "another's signature": {"by": new_signer()},
}


@pytest.mark.parametrize("name", INNER)
def test_acm_17_an_inner_request_that_does_not_fit_is_malformed(client: AcmeClient, name: str) -> None:
    assert kind(change(client)(new_signer(), **INNER[name])) == "malformed"
    assert client.post(client.kid).status == 200


def test_acm_17_the_inner_request_is_by_the_new_key_itself(client: AcmeClient) -> None:
    url, told = client.url("/key-change"), {"account": client.kid, "oldKey": client.signer.jwk}
    inner = new_signer().jws({"kid": client.kid, "url": url}, told)
    assert kind(client.post(url, inner)) == "malformed"
    assert kind(change(client)(new_signer("RSA-2048"), payload={"oldKey": {"kty": "oct"}})) == "badPublicKey"
    assert kind(client.post(url, {})) == "malformed"
    assert kind(client.post(url)) == "malformed"
