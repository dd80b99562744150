"""`/acme`: keys for ACME clients, and their accounts."""

from __future__ import annotations

import base64

import pytest

from pki_manager.domain.rights.actor import Role
from tests.protocols.rest.door import Door, House, unique
from tests.support.acme import account_of

LIMITS = {"profiles": ["tls-server"], "names": ["DNS:example.com"]}


def a_key(door: Door, **members: object) -> dict[str, str]:
    reply = door.post("/acme/eab-keys", {"name": unique("acme"), "expires": "P1Y", **members})
    assert reply.status == 201, reply.body
    told: dict[str, str] = reply.json
    return told


def test_a_key_is_told_once(door: Door) -> None:
    body = {"name": unique("acme"), "expires": "P1Y", "cas": ["Issuing CA"], **LIMITS}
    headers = [("Idempotency-Key", unique("key"))]
    first, again = door.post("/acme/eab-keys", body, headers), door.post("/acme/eab-keys", body, headers)
    assert len(base64.urlsafe_b64decode(first.json["hmac_key"] + "=")) == 32
    assert again.json == {**first.json, "hmac_key": None, "secret_delivered": True}
    assert first.json["secret_delivered"] is False
    assert first.json["acme_url"] == "https://localhost:8443/acme"
    assert (first.json["role"], first.json["names"]) == ("registration-authority", ["DNS:example.com"])
    assert len(first.json["cas"]) == 1
    assert first.json["id"] in {token["id"] for token in door.get("/tokens?limit=200").json["items"]}


@pytest.mark.parametrize(
    "members",
    [
        {"expires": "tomorrow"},
        {"expires": None},
        {"name": ""},
        {"role": "auditor"},
        {"role": "no-such-role"},
        {"names": ["nonsense"]},
        {"permissions": ["user:manage"]},
        {"hmac_key": "A" * 43},
    ],
)
def test_a_key_that_cannot_be_meant_is_refused(door: Door, members: dict[str, object]) -> None:
    reply = door.post("/acme/eab-keys", {"name": unique("acme"), "expires": "P1Y", **members})
    assert reply.status == 422, reply.body
    assert reply.fields == set(members)


def test_accounts_are_listed_shown_and_revoked(house: House, door: Door) -> None:
    key = a_key(door)
    account = account_of(house.ctx, key)
    shown = door.get(f"/acme/accounts/{account.id}").json
    assert shown in door.get("/acme/accounts?limit=200").json["items"]
    assert (shown["state"], shown["token_id"], shown["token_name"]) == ("valid", key["id"], key["name"])
    assert (shown["contacts"], shown["token_revoked_at"]) == (["mailto:ops@example.com"], None)
    assert len(shown["thumbprint"]) == 43
    revoked = door.post(f"/acme/accounts/{account.id}/revoke")
    assert (revoked.status, revoked.json["state"]) == (200, "revoked")
    assert door.get(f"/acme/accounts/{account.id}").json == revoked.json
    door.post(f"/tokens/{key['id']}/revoke")
    assert door.get(f"/acme/accounts/{account.id}").json["token_revoked_at"] is not None


def test_an_account_is_not_there_for_who_may_not_see_its_token(house: House, door: Door) -> None:
    account = account_of(house.ctx, a_key(door))
    requester = door.with_token(house.secrets[Role.REQUESTER])
    for reply in (
        requester.get(f"/acme/accounts/{account.id}"),
        requester.post(f"/acme/accounts/{account.id}/revoke"),
    ):
        assert (reply.status, reply.json["code"]) == (404, "not_found")
    assert requester.get("/acme/accounts").json["items"] == []
    assert door.with_token(house.secrets[Role.AUDITOR]).post(f"/acme/accounts/{account.id}/revoke").status == 403
