"""Profiles over REST: made, changed, retired and checked; and the document says exactly what is taken."""

from __future__ import annotations

import json

import jsonschema_rs
import pytest

from pki_manager.domain.profiles.codec import build_schema
from pki_manager.policy.builtin_profiles import BUILTIN_PROFILES
from tests.architecture.audit_row import profile_definition
from tests.protocols.rest.door import Door, Reply, unique
from tests.support.csrs import make_csr

JSON = [("Content-Type", "application/json")]


def put(door: Door, name: str, body: object) -> Reply:
    return door.send("PUT", f"/profiles/{name}", json.dumps(body).encode(), JSON)


@pytest.fixture
def name(door: Door) -> str:
    made = unique("web")
    assert door.post("/profiles", profile_definition(made)).status == 201
    return made


def test_the_life_of_a_profile(door: Door, name: str) -> None:
    first = door.get(f"/profiles/{name}").json
    assert (first["version"], first["state"], first["validity"]["maximum"]) == (1, "active", "P90D")
    second = put(door, name, {**profile_definition(name), "description": "Second"})
    assert (second.status, second.json["version"]) == (200, 2)
    assert door.get(f"/profiles/{name}").json == second.json
    assert door.get(f"/profiles/{name}?version=1").json == first
    retired = door.post(f"/profiles/{name}/retire")
    assert (retired.status, retired.json["state"]) == (200, "retired")
    body = {"ca": "Issuing CA", "profile": name, "csr": make_csr("www.example.com")}
    refused = door.post("/certificates", body)
    assert (refused.status, refused.json["code"]) == (409, "conflict")


def test_what_get_answers_can_be_put_back_without_the_state(door: Door, name: str) -> None:
    shown = door.get(f"/profiles/{name}").json
    assert put(door, name, shown).fields == {"state"}
    del shown["state"]
    assert put(door, name, shown).json["version"] == 1
    assert put(door, name, {**shown, "description": "Edited"}).json["version"] == 2
    assert put(door, name, {**shown, "description": "Too late"}).status == 409


def test_every_fault_is_told_with_its_field(door: Door) -> None:
    body = {**profile_definition("web"), "colour": "red", "key_types": [7], "validity": {"default": "P1D"}}
    reply = door.post("/profiles", body)
    assert reply.status == 422
    assert reply.fields == {"colour", "key_types.0", "validity.maximum"}


@pytest.mark.parametrize("body", [[], "web", 7, None])
def test_a_body_that_is_no_object_is_refused(door: Door, body: object) -> None:
    reply = door.send("POST", "/profiles", json.dumps(body).encode(), JSON)
    assert reply.status == 422


def test_a_profile_that_lint_refuses_is_refused(door: Door) -> None:
    body = {**profile_definition(unique("web")), "key_usage": ["contentCommitment"]}
    reply = door.post("/profiles", body)
    assert (reply.status, reply.json["code"]) == (422, "lint_refused")
    assert reply.fields == {"sample.ECDSA-P256"}


def test_check_tells_errors_and_warnings(door: Door) -> None:
    sound = door.post("/profiles/check", profile_definition("web"))
    assert (sound.status, sound.json) == (200, {"sound": True, "remarks": []})
    dangerous = {**profile_definition("web"), "extended_key_usage": ["1.3.6.1.5.5.7.3.2"]}
    warned = door.post("/profiles/check", dangerous).json
    assert warned["sound"]
    assert [(r["severity"], r["field"]) for r in warned["remarks"]] == [("warning", "subject")]
    faulty = door.post("/profiles/check", {**profile_definition("web"), "version": 0}).json
    assert not faulty["sound"]
    assert [(r["severity"], r["field"]) for r in faulty["remarks"]] == [("error", "version")]


def test_the_same_key_makes_a_profile_once(door: Door) -> None:
    body, key = profile_definition(unique("web")), [("Idempotency-Key", unique("key"))]
    first, second = door.post("/profiles", body, key), door.post("/profiles", body, key)
    assert (first.status, second.status) == (201, 201)
    assert first.json == second.json
    assert door.post("/profiles", body).status == 409


def test_every_standing_profile_is_listed_and_has_the_documented_shape(door: Door) -> None:
    document = door.app.openapi()
    described = document["components"]["schemas"]
    answered = jsonschema_rs.validator_for(described["Profile"])
    items = {one["name"]: one for one in door.get("/profiles?limit=200").json["items"]}
    assert {profile.name for profile in BUILTIN_PROFILES} <= set(items)
    for one in items.values():
        assert answered.is_valid(one)
    assert set(described["Profile"]["properties"]) == {*build_schema()["properties"], "state"}


def test_the_document_describes_the_definition_as_the_codec_does(door: Door) -> None:
    described = door.app.openapi()["components"]["schemas"]["ProfileDefinition"]
    assert {name: described[name] for name in build_schema()} == build_schema()
