"""Previews over REST: what would be signed, judged as it would be, while nothing is made."""

from __future__ import annotations

from typing import Any

import pytest

from tests.architecture.audit_row import profile_definition
from tests.protocols.rest.door import Door, unique
from tests.support.csrs import make_csr


def ca_body(**changes: object) -> dict[str, Any]:
    return {"name": unique("Preview CA"), "subject": "CN=Preview CA,O=Example", "parent": "Root CA", **changes}


def named(certificate: dict[str, Any], extension: str) -> Any:
    return next(one["value"] for one in certificate["extensions"] if one["name"] == extension)


def test_the_preview_of_a_ca_is_what_is_made_then(door: Door) -> None:
    body = ca_body(path_length=0, validity="P3Y", name_constraints={"permitted": ["DNS:example.com"]})
    reply = door.post("/cas/preview", body)
    assert reply.status == 200
    assert (reply.json["sound"], reply.json["refusals"]) == (True, [])
    seen = reply.json["certificate"]
    assert body["name"] not in {one["name"] for one in door.get("/cas?limit=200").json["items"]}
    made = door.post("/cas", body).json
    pem = door.get(f"/cas/{made['id']}/chain").json["chain_pem"]
    real = door.post("/tools/decode", {"data": pem}).json["objects"][0]
    for fact in ("subject", "issuer", "signature_algorithm", "version"):
        assert seen[fact] == real[fact]
    assert [one["oid"] for one in seen["extensions"]] == [one["oid"] for one in real["extensions"]]
    for extension in ("basicConstraints", "keyUsage", "nameConstraints"):
        assert named(seen, extension) == named(real, extension)
    assert seen["key"]["type"] == real["key"]["type"]
    assert seen["serial_number"] is None
    assert seen["fingerprint_sha256"] is None


def test_a_root_is_seen_too(door: Door) -> None:
    reply = door.post("/cas/preview", ca_body(parent=None, key_type="ML-DSA-65", validity="P20Y"))
    assert (reply.status, reply.json["sound"]) == (200, True)
    assert reply.json["certificate"]["issuer"] == reply.json["certificate"]["subject"] == "CN=Preview CA,O=Example"


def test_what_policy_refuses_is_told_with_its_field(door: Door) -> None:
    reply = door.post("/cas/preview", ca_body(parent="Issuing CA"))
    assert reply.status == 200
    assert (reply.json["sound"], reply.json["certificate"]) == (False, None)
    assert "path_length" in {one["field"] for one in reply.json["refusals"]}


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        pytest.param({"subject": "no name"}, 422, id="subject"),
        pytest.param({"name": "Root CA"}, 409, id="taken"),
        pytest.param({"parent": "No such CA"}, 404, id="parent"),
        pytest.param({"key_type": "ML-KEM-768"}, 422, id="key that signs nothing"),
        pytest.param({"parent": None, "external_parent": True}, 422, id="external"),
        pytest.param({"validity": "soon"}, 422, id="validity"),
        pytest.param({"colour": "red"}, 422, id="unknown field"),
    ],
)
def test_bad_input_is_refused_as_at_creation(door: Door, changes: dict[str, object], status: int) -> None:
    reply = door.post("/cas/preview", ca_body(**changes))
    assert reply.status == status


def test_a_profile_is_tried_on_a_request_before_it_is_saved(door: Door) -> None:
    definition = profile_definition(unique("trial"))
    reply = door.post("/profiles/preview", {"definition": definition, "csr": make_csr("www.example.com")})
    assert reply.status == 200
    assert reply.json["sound"]
    assert reply.json["certificate"]["sans"] == ["DNS:www.example.com"]
    assert door.get(f"/profiles/{definition['name']}").status == 404


def test_a_profile_that_refuses_the_request_says_why(door: Door) -> None:
    definition = {**profile_definition(unique("trial")), "key_types": ["RSA-3072"]}
    reply = door.post("/profiles/preview", {"definition": definition, "csr": make_csr("www.example.com")})
    assert (reply.status, reply.json["sound"]) == (200, False)
    assert reply.json["refusals"]


def test_lint_speaks_about_the_request_at_hand(door: Door) -> None:
    definition = {**profile_definition(unique("trial")), "key_usage": ["contentCommitment"]}
    reply = door.post("/profiles/preview", {"definition": definition, "csr": make_csr("www.example.com")})
    assert (reply.status, reply.json["sound"]) == (200, False)
    assert "error" in {one["severity"] for one in reply.json["findings"]}
    assert reply.json["certificate"] is not None


def test_a_faulty_definition_is_told_and_a_faulty_request_refused(door: Door) -> None:
    faulty = {**profile_definition(unique("trial")), "key_types": [7]}
    told = door.post("/profiles/preview", {"definition": faulty, "csr": make_csr("www.example.com")})
    assert (told.status, told.json["sound"]) == (200, False)
    assert {one["field"] for one in told.json["refusals"]} == {"key_types.0"}
    refused = door.post("/profiles/preview", {"definition": profile_definition(unique("t")), "csr": "no request"})
    assert (refused.status, refused.fields) == (400, {"csr"})
