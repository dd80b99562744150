"""`/credentials`: the secret of each protocol, shown once, with the URL that its clients use."""

from __future__ import annotations

import pytest

from pki_manager.domain.rights.actor import Role
from tests.protocols.rest.door import Door, House, unique

BASE = "https://localhost:8443"
NEW = {"expires": "P1Y", "ca": "Issuing CA", "profile": "tls-server", "names": ["DNS:example.com"]}
SECRETS = {
    "est": ({"password"}, {"user", "label"}, "/.well-known/est/issuing-ca.tls-server"),
    "scep": ({"challenge"}, set(), "/scep/issuing-ca/tls-server"),
    "cmp": ({"secret"}, {"reference"}, "/.well-known/cmp/p/issuing-ca/tls-server"),
    "acme": ({"hmac_key"}, {"kid"}, "/acme/Issuing%20CA/tls-server/directory"),
}


@pytest.mark.parametrize("protocol", SECRETS)
def test_a_secret_is_shown_once(door: Door, protocol: str) -> None:
    secret, public, path = SECRETS[protocol]
    body = {"protocol": protocol, "name": unique("credential"), **NEW}
    headers = [("Idempotency-Key", unique("key"))]
    first, again = door.post("/credentials", body, headers), door.post("/credentials", body, headers)
    assert first.status == 201, first.body
    assert again.json == {**first.json, **dict.fromkeys(secret)}
    assert all(len(first.json[name]) == 43 for name in secret)
    assert (first.json["url"], first.json["names"]) == (BASE + path, ["DNS:example.com"])
    shown = door.get(f"/credentials/{first.json['id']}").json
    assert shown in door.get("/credentials?limit=200").json["items"]
    assert {**shown, **first.json} == first.json
    assert set(first.json) - set(shown) == (secret | public) - {"label"}
    assert all(first.json[name] == first.json["id"] for name in public - {"label"})


def test_a_revoked_credential_is_shown_as_revoked(door: Door) -> None:
    made = door.post("/credentials", {"protocol": "est", "name": unique("credential"), **NEW}).json
    revoked = door.post(f"/credentials/{made['id']}/revoke")
    assert (revoked.status, revoked.json["revoked_at"] is not None) == (200, True)
    assert door.get(f"/credentials/{made['id']}").json == revoked.json
    assert door.post(f"/credentials/{made['id']}/revoke").json == revoked.json


@pytest.mark.parametrize(
    "members",
    [
        {"protocol": "telnet"},
        {"expires": "tomorrow"},
        {"ca": None},
        {"profile": None},
        {"names": ["nonsense"]},
        {"role": "auditor"},
        {"devices": "SN-1"},
        {"password": "secret"},
    ],
)
def test_a_credential_that_cannot_be_meant_is_refused(door: Door, members: dict[str, object]) -> None:
    reply = door.post("/credentials", {"protocol": "est", "name": unique("credential"), **NEW, **members})
    assert (reply.status, reply.fields) == (422, set(members)), reply.body


def test_an_acme_credential_needs_no_ca_and_takes_no_devices(door: Door) -> None:
    body = {"protocol": "acme", "name": unique("credential"), "expires": "P1Y"}
    assert door.post("/credentials", body).json["url"] == f"{BASE}/acme"
    assert door.post("/credentials", {**body, "devices": ["SN-1"]}).fields == {"devices"}


def test_a_credential_is_not_found_by_callers_who_cannot_read_its_token(house: House, door: Door) -> None:
    made = door.post("/credentials", {"protocol": "est", "name": unique("credential"), **NEW}).json
    requester = door.with_token(house.secrets[Role.REQUESTER])
    for reply in (requester.get(f"/credentials/{made['id']}"), requester.post(f"/credentials/{made['id']}/revoke")):
        assert (reply.status, reply.json["code"]) == (404, "not_found")
    assert door.with_token(house.secrets[Role.AUDITOR]).post(f"/credentials/{made['id']}/revoke").status == 403
