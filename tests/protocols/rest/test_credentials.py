"""`/credentials`: the secret of each protocol, shown once, with the URL that its clients use."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pki_manager.authority.enrollment.credentials import list_protocols
from pki_manager.domain.rights.actor import EnrollmentProtocol, Role
from tests.protocols.rest.door import Door, House, unique
from tests.support.factories import ADMIN

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
        {"ra_certificate": "the one of the plant"},
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


def test_credentials_of_one_protocol_are_listed(door: Door) -> None:
    made = {
        protocol: door.post("/credentials", {"protocol": protocol, "name": unique("credential"), **NEW}).json["id"]
        for protocol in ("est", "cmp")
    }
    listed = door.get("/credentials?protocol=cmp&limit=200").json["items"]
    assert {one["protocol"] for one in listed} == {"cmp"}
    assert made["cmp"] in {one["id"] for one in listed}
    assert door.get("/credentials?protocol=telnet").status == 422


def test_the_devices_of_a_credential_are_listed(door: Door) -> None:
    new = {"protocol": "est", "name": unique("credential"), **NEW, "devices": ["SN-2, Two.example.com", "SN-1"]}
    path = f"/credentials/{door.post('/credentials', new).json['id']}/devices"
    first = door.get(f"{path}?limit=1").json
    assert first["items"] == [{"identities": ["sn-2", "two.example.com"]}]
    last = door.get(f"{path}?limit=1&cursor={first['next_cursor']}").json
    assert last == {"items": [{"identities": ["sn-1"]}], "next_cursor": None}


def test_each_protocol_says_whether_it_is_switched_on(door: Door, house: House) -> None:
    states = door.get("/credentials/protocols").json["items"]
    assert {one["protocol"]: one["setting"] for one in states} == {one: f"{one}_enabled" for one in SECRETS}
    assert all(one["enabled"] for one in states)
    config = replace(house.ctx.config, enrollment_protocols=frozenset({EnrollmentProtocol.EST}))
    listed = list_protocols(replace(house.ctx, config=config), ADMIN)
    assert {protocol for protocol, enabled in listed.items() if enabled} == {EnrollmentProtocol.EST}
