"""What the door makes of requests that are not as they should be: our own 4xx, never a 500, nothing echoed."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from tests.protocols.rest.door import Door, House
from tests.support.csrs import make_csr

JSON = [("Content-Type", "application/json")]
ID = "01a20d6d-5a00-7d8d-bf4a-d1bd747db496"


def order(**changes: object) -> dict[str, object]:
    return {"ca": "Issuing CA", "profile": "tls-server", "csr": make_csr("www.example.com"), **changes}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b'{"name": "\xed\xa0\x80"}',
        b'{"name": "a", "name": "b"}',
        b'{"name": NaN}',
        b'{"name": Infinity}',
        b'{"name": "a\\u0000b"}',
        b'{"name": "\\ud800"}',
        b'{"\\u0000": 1}',
        b"[" * 100_000,
        b'{"path_length": ' + b"9" * 5000 + b"}",
    ],
)
def test_a_body_that_is_no_plain_json_is_malformed(door: Door, body: bytes) -> None:
    reply = door.send("POST", "/cas", body, JSON)
    assert (reply.status, reply.json["code"]) == (400, "malformed")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"csr": None}, "csr"),
        ({"csr": 5}, "csr"),
        ({"surplus": 1}, "surplus"),
        ({"validity": {"not_after": "2027-01-01T00:00:00"}}, "validity.not_after"),
        ({"validity": {"not_after": 1_800_000_000}}, "validity.not_after"),
        ({"validity": {"not_after": "9999-12-31T23:59:59-23:59"}}, "validity.not_after"),
        ({"validity": {"not_after": "2027-13-01T00:00:00Z"}}, "validity.not_after"),
        ({"validity": {"not_after": "2027-01-01T00:00:00Z", "until": 1}}, "validity.until"),
        ({"validity": 90}, "validity"),
        ({"validity": "90 days"}, "validity"),
        ({"validity": "P9999Y"}, "validity"),
        ({"sans": "DNS:www.example.com"}, "sans"),
        ({"sans": ["www.example.com"]}, "sans"),
        ({"subject": "nonsense"}, "subject"),
    ],
)
def test_a_field_that_cannot_be_meant_is_named(door: Door, changes: dict[str, object], field: str) -> None:
    reply = door.post("/certificates", order(**changes))
    assert reply.status == 422
    assert field in reply.fields


def test_every_missing_field_is_named_at_once(door: Door) -> None:
    reply = door.post("/certificates", {})
    assert reply.status == 422
    assert reply.fields == {"ca", "profile"}


@pytest.mark.parametrize("value", [True, 1.0, "1", -1, 10**30])
def test_a_number_is_a_number(door: Door, value: object) -> None:
    body = {"name": "Number", "subject": "CN=Number", "path_length": value}
    reply = door.post("/cas", body)
    assert (reply.status, reply.fields) == (422, {"path_length"})


def test_an_unknown_key_type_is_refused(door: Door) -> None:
    reply = door.post("/cas", {"name": "X", "subject": "CN=X", "key_type": "RSA-1024"})
    assert (reply.status, reply.fields) == (422, {"key_type"})


@pytest.mark.parametrize(
    "csr", ["hello", "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----"]
)
def test_a_request_that_is_no_pkcs10_is_malformed(door: Door, csr: str) -> None:
    reply = door.post("/certificates", order(csr=csr))
    assert (reply.status, reply.json["code"], reply.fields) == (400, "malformed", {"csr"})


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_aut_16_a_body_that_a_foreign_page_could_send_is_415(door: Door, kind: str) -> None:
    headers = [("Content-Type", kind)] if kind else []
    reply = door.send("POST", "/tokens", json.dumps({"name": "x"}).encode(), headers)
    assert (reply.status, reply.json["code"]) == (415, "unsupported_media_type")


def test_json_with_a_charset_is_json(door: Door) -> None:
    assert door.send("POST", "/tokens", b"{}", [("Content-Type", "application/json; charset=utf-8")]).status == 422


@pytest.mark.parametrize("declared", [True, False])
def test_a_body_over_the_cap_is_413(door: Door, declared: bool) -> None:
    body = b'{"name": "' + b"x" * 1024 * 1024 + b'"}'
    headers = [*JSON, ("Content-Length", str(len(body)))] if declared else JSON
    reply = door.send("POST", "/cas", body, headers)
    assert (reply.status, reply.json["code"]) == (413, "too_large")


def test_a_body_that_only_claims_to_be_large_is_413(door: Door) -> None:
    assert door.send("POST", "/cas", b"{}", [*JSON, ("Content-Length", "99999999")]).status == 413


def test_an_operation_without_a_body_takes_none(door: Door) -> None:
    reply = door.post("/cas/Issuing%20CA/crls", {"surplus": 1})
    assert (reply.status, reply.fields) == (422, {"body"})


@pytest.mark.parametrize(
    "target",
    [
        "/certificates?limit=0",
        "/certificates?limit=201",
        "/certificates?limit=x",
        "/certificates?limit=" + "9" * 5000,
        "/certificates?limit=5&limit=6",
        "/certificates?unlisted_attributes=1",
        "/certificates?state=none",
        "/certificates?expires_before=2027-01-01",
        "/certificates?expires_before=1800000000",
        "/jobs?state=x",
        f"/certificates/{{{ID}}}",
        f"/certificates/{ID}/export",
        f"/certificates/{ID}/export?format=exe",
        "/profiles/tls-server?version=0",
        "/profiles/tls-server?version=99999999999999999999",
    ],
)
def test_a_parameter_that_cannot_be_meant_is_422(door: Door, target: str) -> None:
    reply = door.get(target)
    assert (reply.status, reply.json["code"]) == (422, "invalid_input"), reply.body


@pytest.mark.parametrize("target", ["/cas", "/certificates", "/profiles", "/tokens", "/jobs", "/audit"])
@pytest.mark.parametrize("cursor", ["x", "AAAA", "%f0%9f%98%80", "eyJhIjoxfQ"])
def test_a_cursor_that_we_did_not_give_is_refused(door: Door, target: str, cursor: str) -> None:
    reply = door.get(f"{target}?cursor={cursor}")
    assert reply.status in (400, 422), reply.body


@pytest.mark.parametrize(
    "target", ["/cas/a%00b", "/profiles/%00", "/certificates?ca=%00", "/certificates?query=%00", "/audit?action=%00"]
)
def test_web_06_nul_characters_reach_nothing(door: Door, target: str) -> None:
    reply = door.get(target)
    assert (reply.status, reply.json["code"]) == (400, "malformed")


@pytest.mark.parametrize(
    "target", ["/cas/%ff", "/cas/%ed%a0%80", "/profiles/..%2f..%2fetc", "/cas/x'--", "/certificates/x"]
)
def test_a_name_that_nothing_has_is_404(door: Door, target: str) -> None:
    assert door.get(target).status == 404


def test_an_unknown_path_is_404_and_a_wrong_method_405(door: Door) -> None:
    unknown, wrong = door.get("/nothing"), door.send("DELETE", "/cas")
    assert (unknown.status, unknown.json["code"]) == (404, "not_found")
    assert (wrong.status, wrong.json["code"]) == (405, "method_not_allowed")
    assert "GET" in wrong.headers["allow"]


def test_a_problem_has_all_members_of_the_contract(door: Door) -> None:
    reply = door.get("/cas/nobody")
    assert reply.headers["content-type"] == "application/problem+json"
    problem = reply.json
    assert set(problem) == {"type", "title", "status", "detail", "code", "errors", "request_id"}
    assert (problem["status"], problem["code"], problem["title"]) == (404, "not_found", "Not found")
    assert problem["request_id"] == reply.headers["x-request-id"]


@pytest.mark.parametrize("target", ["/me", "/nothing", "/cas?limit=0"])
def test_every_answer_has_the_security_headers(door: Door, target: str) -> None:
    headers = door.get(target).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"


def test_a_callers_request_id_is_not_taken_over(door: Door) -> None:
    reply = door.get("/me", [("X-Request-ID", "mine")])
    assert reply.headers["x-request-id"] != "mine"


def test_a_refused_secret_is_not_repeated(door: Door) -> None:
    secret = "pkim_" + "s3cret" * 8
    reply = door.with_token(secret).get("/me")
    assert reply.status == 401
    assert secret not in reply.body.decode() + str(reply.headers)
    wrong = door.post("/tokens", {"name": [secret], "role": secret, "expires": 5, secret: 1})
    assert wrong.status == 422
    assert "input" not in wrong.json


def test_a_fault_of_ours_is_hidden_and_logged_under_its_id(
    house: House, door: Door, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> object:
        raise RuntimeError("the pass phrase is hunter2")

    monkeypatch.setattr(type(house.ctx.ports.storage), "read", lambda _self: broken())
    reply = door.get("/cas")
    assert (reply.status, reply.json["code"]) == (500, "internal")
    assert "hunter2" not in reply.body.decode()
    assert reply.json["request_id"] in [vars(record).get("request_id") for record in caplog.records]
    assert "hunter2" in caplog.text


def test_the_text_of_our_own_fault_class_is_hidden_too(
    door: Door, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pki_manager.domain.errors import Fault

    def broken(_self: object) -> object:
        raise Fault("row 5 is gone", row=5)

    monkeypatch.setattr(type(house.ctx.ports.storage), "read", broken)
    reply = door.get("/cas")
    assert reply.status == 500
    assert "row" not in reply.json["detail"]


def test_a_part_that_is_away_is_503_with_retry_after(door: Door, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    from pki_manager.domain.errors import StorageUnavailable

    def away(_self: object) -> object:
        raise StorageUnavailable("the database does not answer")

    monkeypatch.setattr(type(house.ctx.ports.storage), "read", away)
    reply = door.get("/cas")
    assert (reply.status, reply.json["code"], reply.headers["retry-after"]) == (503, "storage_unavailable", "5")


def test_without_permission_nothing_of_the_body_is_judged(door: Door, house: House) -> None:
    nobody = replace(door, actor=None)
    for body, headers in ((b"{", JSON), (b"x", []), (b"x" * 2 * 1024 * 1024, JSON)):
        assert nobody.send("POST", "/cas", body, headers).status == 401
        assert door.with_token("pkim_" + "A" * 43).send("POST", "/cas", body, headers).status == 401
    requester = next(secret for role, secret in house.secrets.items() if role == "requester")
    assert door.with_token(requester).send("POST", "/cas?unlisted_attributes=1", b"{", JSON).status == 403


def test_who_is_not_known_is_told_how_to_be(door: Door) -> None:
    reply = replace(door, actor=None).get("/me")
    assert (reply.status, reply.headers["www-authenticate"]) == (401, "Bearer")
