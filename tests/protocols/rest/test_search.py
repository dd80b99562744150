"""`/search`, `/settings`, `/permissions`: what is found and by whom; what it was started with; who may do what."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pki_manager.domain.rights.actor import Role
from pki_manager.domain.rights.permission import Permission
from pki_manager.settings import explain, load
from tests.architecture.audit_requests import somebody
from tests.protocols.rest.door import Door, House, open_rest, unique
from tests.support.csrs import make_csr
from tests.support.factories import with_config
from tests.support.people import make_user, signed_in


def issue(door: Door, name: str) -> dict[str, Any]:
    body = {"ca": "Issuing CA", "profile": "tls-server", "csr": make_csr(name)}
    reply = door.post("/certificates", body)
    assert reply.status == 201, reply.body
    made: dict[str, Any] = reply.json
    return made


def found(door: Door, text: str, kind: str = "certificate") -> set[str]:
    reply = door.send("GET", f"/search?q={text}")
    assert reply.status == 200, reply.body
    return {one["id"] for one in reply.json["items"] if one["kind"] == kind}


def colons(hexadecimal: str) -> str:
    return ":".join(hexadecimal[at : at + 2] for at in range(0, len(hexadecimal), 2))


def test_a_certificate_is_found_by_name_number_and_fingerprint_in_any_notation(door: Door) -> None:
    name = f"{unique('search')}.example.com"
    made = issue(door, name)
    serial = made["serial_number"]
    for text in (
        name,
        name.upper(),
        f"DNS:{name}",
        name.split(".", maxsplit=1)[0],
        serial,
        serial.upper(),
        colons(serial),
        f"0x{serial}",
        str(int(serial, 16)),
        made["fingerprint_sha256"],
        colons(made["fingerprint_sha256"]).upper(),
    ):
        assert made["id"] in found(door, text), text
    assert found(door, unique("nothing-like-it")) == set()


def test_a_hit_says_what_it_is_and_how_it_stands(door: Door) -> None:
    name = f"{unique('hit')}.example.com"
    made = issue(door, name)
    [hit] = door.get(f"/search?q={name}").json["items"]
    detail = f"tls-server {made['serial_number']}"
    assert hit == {"kind": "certificate", "id": made["id"], "name": name, "detail": detail, "state": "valid"}
    door.post(f"/certificates/{made['id']}/revoke", {"reason": "superseded"})
    [hit] = door.get(f"/search?q={name}").json["items"]
    assert hit["state"] == "revoked"


def test_an_authority_is_found_by_any_part_of_its_name(door: Door) -> None:
    names = {one["id"]: one["name"] for one in door.get("/cas").json["items"]}
    assert {names[one] for one in found(door, "SUING", "ca")} == {"Issuing CA"}
    assert {"Root CA", "Issuing CA"} <= {names[one] for one in found(door, "ca", "ca")}
    assert found(door, "%25", "ca") == set()  # no wildcard


def test_what_somebody_asked_for_is_found_by_the_login(house: House, door: Door) -> None:
    user = make_user(house.ctx, Role.REGISTRATION_AUTHORITY, unique("asker"))
    browser = signed_in(house.door, user)
    body = {"ca": "Issuing CA", "profile": "tls-server", "csr": make_csr(f"{unique('asked')}.example.com")}
    made = browser.post("/certificates", body).json
    filed = browser.post("/requests", {**body, "csr": make_csr(f"{unique('filed')}.example.com")}).json
    assert found(door, user.login, "user") == {str(user.id)}
    assert found(door, user.login) >= {made["id"]}
    assert found(door, user.login, "request") == {filed["id"]}
    assert found(door, filed["id"], "request") == {filed["id"]}
    assert found(door, f"user:{user.id}") >= {made["id"]}


def test_nobody_finds_what_he_may_not_read(house: House, door: Door) -> None:
    name = f"{unique('hidden')}.example.com"
    made = issue(door, name)
    stranger = somebody(house, door, Role.REQUESTER)
    for text in (name, made["serial_number"], made["fingerprint_sha256"]):
        assert found(stranger, text) == set()
    user = make_user(house.ctx, login=unique("secretive"))
    assert found(stranger, user.login, "user") == set()
    assert found(door.as_role(Role.AUDITOR), name) == {made["id"]}


def test_no_more_than_the_limit_of_each_kind_is_told(door: Door) -> None:
    prefix = unique("many")
    for number in range(3):
        issue(door, f"{prefix}-{number}.example.com")
    assert len(door.get(f"/search?q={prefix}&limit=2").json["items"]) == 2


@pytest.mark.parametrize(
    "query", ["", "?q=", "?q=%20%20", f"?q={'a' * 513}", "?q=a&limit=0", "?q=a&limit=51", "?q=a&x=1"]
)
def test_a_search_for_nothing_or_for_too_much_is_refused(door: Door, query: str) -> None:
    assert door.get(f"/search{query}").status == 422


@pytest.mark.parametrize("text", ["%27%20OR%201=1--", "%25", "_", "%F0%9F%94%91", "-----BEGIN"])
def test_what_means_something_elsewhere_is_only_text_here(door: Door, text: str) -> None:
    assert door.get(f"/search?q={text}").status == 200


def test_settings_are_told_with_their_source_and_without_secrets(house: House, tmp_path: Path) -> None:
    (tmp_path / "pki-manager.toml").write_text('log_level = "debug"\n', encoding="utf-8")
    secret = "hunter2"
    environ = {"PKIM_WORKERS": "2", "PKIM_DATABASE_URL": f"postgresql+psycopg://pki:{secret}@db/pki?password={secret}"}
    ctx = with_config(house.ctx, settings=explain(load(tmp_path, environ)))
    door = replace(house.door, app=open_rest(lambda: ctx))
    reply = door.get("/settings")
    assert reply.status == 200
    told = {one["name"]: one for one in reply.json["items"]}
    assert (told["log_level"]["value"], told["log_level"]["source"]) == ("debug", "file")
    assert (told["workers"]["value"], told["workers"]["source"], told["workers"]["default"]) == (
        "2",
        "environment",
        "1",
    )
    assert told["session_idle"] == {
        "name": "session_idle",
        "value": "PT30M",
        "source": "default",
        "default": "PT30M",
        "meaning": "Time after the last request at which a user's session ends",
    }
    assert told["database_url"]["value"].startswith("postgresql+psycopg://pki@db/pki")
    assert secret.encode() not in reply.body
    assert door.as_role(Role.REQUESTER).get("/settings").status == 403


def test_the_matrix_of_permissions_says_who_has_what_on_whose_objects(door: Door) -> None:
    rows = {row["permission"]: row for row in door.get("/permissions").json["items"]}
    assert set(rows) == set(Permission)
    assert all(row["roles"]["administrator"] == "all" for row in rows.values())
    assert rows["certificate:read"]["roles"]["requester"] == "team"
    assert rows["certificate:issue"]["roles"].keys() == {"administrator", "ca-operator", "registration-authority"}
    assert rows["ca:create"]["is_sensitive"]
    assert not rows["ca:read"]["is_sensitive"]
    assert rows["certificate:issue"]["limits"] == ["ca", "names", "profile", "reach"]
    assert rows["audit:read"]["limits"] == []
    assert door.as_role(Role.REQUESTER).get("/permissions").status == 403
