"""`/tools`: what an object is and what is wrong with it, for everybody who is somebody."""

from __future__ import annotations

import base64
from datetime import datetime, timedelta

import pytest

from pki_manager.domain.rights.actor import Role
from tests.protocols.rest.door import Door
from tests.support.csrs import make_csr
from tests.support.odd_objects import ROOT, as_text


def chain(door: Door) -> str:
    return str(door.get("/cas/Issuing%20CA/chain").json["chain_pem"])


def custom(name: str) -> str:
    return as_text((ROOT / "x509/custom" / name).read_bytes())


def test_decode_says_what_each_object_is(door: Door) -> None:
    reply = door.post("/tools/decode", {"data": chain(door)})
    assert reply.status == 200
    issuing, root = reply.json["objects"]
    assert (issuing["kind"], root["kind"]) == ("certificate", "certificate")
    assert issuing["issuer"] == root["subject"]
    by_name = {one["name"]: one for one in issuing["extensions"]}
    assert by_name["basicConstraints"]["value"]["ca"] is True
    assert by_name["keyUsage"]["critical"] is True


def test_decode_takes_base64_of_der(door: Door) -> None:
    body = "".join(make_csr("www.example.com").splitlines()[1:-1])
    assert base64.b64decode(body)
    (found,) = door.post("/tools/decode", {"data": body}).json["objects"]
    assert (found["kind"], found["sans"]) == ("certificate-request", ["DNS:www.example.com"])


def test_web_14_a_password_and_a_private_key_are_never_repeated(door: Door) -> None:
    key = (ROOT / "asymmetric/PKCS8/unenc-rsa-pkcs8.pem").read_text()
    reply = door.post("/tools/decode", {"data": key, "password": "hunter2"})
    (found,) = reply.json["objects"]
    assert (found["kind"], found["fingerprint_sha256"]) == ("private-key", None)
    assert key.splitlines()[2] not in reply.body.decode()
    assert "hunter2" not in reply.body.decode()
    for data in ("hunter2", key.replace("MII", "MIX")):
        refused = door.post("/tools/decode", {"data": data, "password": ["hunter2"]})
        assert "hunter2" not in refused.body.decode()
        assert refused.status == 422


def test_lint_finds_nothing_in_what_we_made(door: Door) -> None:
    reply = door.post("/tools/lint", {"data": chain(door)})
    assert reply.status == 200
    assert [one["findings"] for one in reply.json["objects"]] == [[], []]


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("negative_serial.pem", "certificate.serial_positive"),
        ("two_basic_constraints.pem", "certificate.extension_unique"),
        ("crl_no_next_update.pem", "crl.next_update_present"),
    ],
)
def test_lint_names_rule_and_source(door: Door, name: str, rule: str) -> None:
    (found,) = door.post("/tools/lint", {"data": custom(name)}).json["objects"]
    finding = next(one for one in found["findings"] if one["rule"] == rule)
    assert finding["severity"] == "error"
    assert finding["citation"].startswith("RFC")


def test_lint_of_a_request_says_why_no_profile_could_certify_it(door: Door) -> None:
    good = door.post("/tools/lint", {"data": make_csr("www.example.com")}).json["objects"]
    assert good == [{"kind": "certificate-request", "findings": []}]
    bad = (ROOT / "x509/requests/rsa_md4.pem").read_text()
    (found,) = door.post("/tools/lint", {"data": bad}).json["objects"]
    assert {one["rule"] for one in found["findings"]} == {"csr.signature_algorithm"}
    (found,) = door.post("/tools/lint", {"data": make_csr("a", sans=("under_score.example.com",))}).json["objects"]
    assert {one["rule"] for one in found["findings"]} == {"san.dns.syntax"}


def test_lint_of_a_key_has_no_rules(door: Door) -> None:
    reply = door.post("/tools/lint", {"data": (ROOT / "asymmetric/PKCS8/unenc-rsa-pkcs8.pem").read_text()})
    assert (reply.status, reply.json["errors"][0]["rule"]) == (422, "lint.kind")


@pytest.mark.parametrize("role", list(Role))
def test_every_role_has_the_tools(door: Door, role: Role) -> None:
    assert door.as_role(role).post("/tools/decode", {"data": make_csr("a")}).status == 200


def test_dos_01_dos_02_hostile_der_is_malformed(door: Door) -> None:
    for data in (b"\x30\x80" * 10_000, b"\x06\x83\x0a\x00\x00" + b"\x80" * 0xA0000, b"\x30" * 500_000):
        for target in ("/tools/decode", "/tools/lint"):
            reply = door.post(target, {"data": base64.b64encode(data).decode()})
            assert (reply.status, reply.json["code"]) == (400, "malformed")


def leaf(door: Door) -> str:
    order = {"ca": "Issuing CA", "profile": "tls-server", "csr": make_csr("verify.example.com")}
    return str(door.post("/certificates", order).json["pem"])


def test_verify_trusts_what_our_roots_stand_behind(door: Door) -> None:
    asked = {"certificate": leaf(door), "name": "DNS:verify.example.com", "usage": "serverAuth"}
    reply = door.post("/tools/verify", asked)
    assert (reply.status, reply.json["valid"], reply.json["reasons"]) == (200, True, [])
    assert [one["subject"].partition(",")[0] for one in reply.json["path"]] == [
        "CN=verify.example.com",
        "CN=Issuing CA",
        "CN=Root CA",
    ]


def test_verify_says_every_reason(door: Door) -> None:
    asked = {"certificate": leaf(door), "name": "DNS:other.example.com", "usage": "1.3.6.1.5.5.7.3.4"}
    verdict = door.post("/tools/verify", {**asked, "time": "2099-01-01T00:00:00Z"}).json
    assert verdict["valid"] is False
    assert {"name_mismatch", "extended_key_usage", "expired"} <= {one["code"] for one in verdict["reasons"]}


def test_verify_trusts_nobody_where_no_anchor_is_given(door: Door) -> None:
    """An empty list is not the same as none: it means that nobody is trusted."""
    verdict = door.post("/tools/verify", {"certificate": leaf(door), "trust_anchors": []}).json
    assert (verdict["valid"], verdict["reasons"][0]["code"]) == (False, "no_path")


def test_verify_looks_into_the_crls_that_are_given(door: Door) -> None:
    pem = leaf(door)
    verdict = door.post("/tools/verify", {"certificate": pem, "crls": [custom("crl_empty.pem")]}).json
    assert {one["code"] for one in verdict["reasons"]} == {"revocation_unknown"}


def test_verify_knows_what_our_own_cas_have_revoked(door: Door) -> None:
    """Without anybody giving a CRL; and a moment before it was revoked, it was not."""
    order = {"ca": "Issuing CA", "profile": "tls-server", "csr": make_csr("revoked.example.com")}
    made = door.post("/certificates", order).json
    revoked = door.post(f"/certificates/{made['id']}/revoke", {"reason": "superseded"}).json
    verdict = door.post("/tools/verify", {"certificate": made["pem"]}).json
    assert (verdict["valid"], [one["code"] for one in verdict["reasons"]]) == (False, ["revoked"])
    assert "superseded" in verdict["reasons"][0]["message"]
    before = datetime.fromisoformat(revoked["revocation"]["time"]) - timedelta(microseconds=1)
    asked = {"certificate": made["pem"], "time": before.isoformat().replace("+00:00", "Z")}
    assert door.post("/tools/verify", asked).json["valid"] is True


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": "email:a@example.com"}, "name"),
        ({"name": "DNS:*.example.com"}, "name"),
        ({"name": "www.example.com"}, "name"),
        ({"usage": "everything"}, "usage"),
        ({"usage": "9.9"}, "usage"),
        ({"max_depth": 0}, "max_depth"),
        ({"max_depth": 10**9}, "max_depth"),
        ({"time": "yesterday"}, "time"),
        ({"url": "http://example.com"}, "url"),
    ],
)
def test_verify_refuses_a_question_that_cannot_be_meant(door: Door, changes: dict[str, object], field: str) -> None:
    reply = door.post("/tools/verify", {"certificate": leaf(door), **changes})
    assert (reply.status, reply.fields) == (422, {field})


@pytest.mark.parametrize("field", ["certificate", "intermediates", "trust_anchors", "crls"])
def test_verify_names_what_is_malformed(door: Door, field: str) -> None:
    wrong: object = "hello" if field == "certificate" else ["hello"]
    reply = door.post("/tools/verify", {"certificate": leaf(door), field: wrong})
    assert reply.status == 400
    assert {name.partition(".")[0] for name in reply.fields} == {field}


def test_net_04_urls_in_a_certificate_are_never_followed(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever opens a connection while the tools work is caught in the act."""
    import socket

    def nobody(*_: object, **__: object) -> None:
        raise AssertionError("a connection was opened")

    given = {"certificate": leaf(door), "trust_anchors": [], "crls": []}
    monkeypatch.setattr(socket.socket, "connect", nobody)
    monkeypatch.setattr(socket, "getaddrinfo", nobody)
    for name in ("aia_ocsp_ca_issuers.pem", "cdp_fullname_reasons_crl_issuer.pem", "freshestcrl.pem"):
        assert door.post("/tools/decode", {"data": custom(name)}).status == 200
        assert door.post("/tools/lint", {"data": custom(name)}).status == 200
        assert door.post("/tools/verify", {"certificate": custom(name)}).status in (200, 400)
    assert door.post("/tools/verify", given).status == 200
