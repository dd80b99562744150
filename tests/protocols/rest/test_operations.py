"""Every operation on the real authority: what it answers has the contract's shape, and is true."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from cryptography import x509

from pki_manager.domain.ids import create_uuid7
from pki_manager.domain.rights.actor import Role
from tests.conftest import MAC_KEY
from tests.protocols.rest.door import Door, House, unique
from tests.support.csrs import make_csr

PEM = "application/x-pem-file"
JSON_OBJECT = dict


def issue(door: Door, name: str | None = None, **changes: object) -> JSON_OBJECT:
    csr = make_csr(name or f"{unique('www')}.example.com")
    reply = door.post("/certificates", {"ca": "Issuing CA", "profile": "tls-server", "csr": csr, **changes})
    assert reply.status == 201, reply.body
    return reply.json


def load(pem: str | bytes) -> x509.Certificate:
    return x509.load_pem_x509_certificate(pem.encode() if isinstance(pem, str) else pem)


def test_a_certificate_is_issued_found_and_shown(door: Door) -> None:
    name = f"{unique('www')}.example.com"
    made = issue(door, name, validity="P10D")
    certificate = load(made["pem"])
    assert made["serial_number"] == f"{certificate.serial_number:032x}"
    assert made["subject"] == certificate.subject.rfc4514_string()
    assert made["sans"] == [f"DNS:{name}"]
    assert (
        made["fingerprint_sha256"]
        == hashlib.sha256(base64.b64decode("".join(made["pem"].split("\n")[1:-2]))).hexdigest()
    )
    assert datetime.fromisoformat(made["not_after"]) == certificate.not_valid_after_utc
    assert (made["state"], made["revocation"], made["renews"], made["requested_by"]) == (
        "valid",
        None,
        None,
        "local:tester",
    )
    assert door.get(f"/certificates/{made['id']}").json == made
    assert door.get(f"/certificates?query={name}").json["items"] == [made]


def test_where_the_new_certificate_is_is_told(door: Door) -> None:
    csr = make_csr(f"{unique('www')}.example.com")
    reply = door.post("/certificates", {"ca": "Issuing CA", "profile": "tls-server", "csr": csr})
    assert door.get(reply.headers["location"]).json == reply.json


def test_a_certificate_has_exactly_the_members_of_the_contract(door: Door) -> None:
    assert set(issue(door)) == {
        "id", "ca", "profile", "serial_number", "subject", "sans", "not_before", "not_after", "state", "revocation",
        "key_type", "fingerprint_sha256", "requested_by", "renews", "renewed_by",
        "ignored_extensions", "pem",
    }  # fmt: skip


def test_base64_der_is_a_request_too(door: Door) -> None:
    pem = make_csr(f"{unique('www')}.example.com")
    der = "".join(pem.strip().split("\n")[1:-1])
    made = door.post("/certificates", {"ca": "Issuing CA", "profile": "tls-server", "csr": der})
    assert made.status == 201


def test_subject_and_names_replace_those_of_the_request(door: Door) -> None:
    name = f"{unique('www')}.example.com"
    made = issue(door, subject=f"CN={name},O=Example", sans=[f"DNS:{name}", "IP:192.0.2.1"])
    assert made["subject"] == f"CN={name},O=Example"
    assert sorted(made["sans"]) == [f"DNS:{name}", "IP:192.0.2.1"]


def test_exact_ends_are_kept(door: Door, house: House) -> None:
    start = house.clock.now().replace(microsecond=0)
    end = start + timedelta(days=5)
    made = issue(door, validity={"not_before": start.isoformat(), "not_after": end.isoformat()})
    assert datetime.fromisoformat(made["not_after"]) == end
    assert datetime.fromisoformat(made["not_before"]) == start


def test_a_refusal_tells_every_reason(door: Door) -> None:
    body = {"ca": "Issuing CA", "profile": "tls-server", "csr": make_csr("www.example.com", sans=("bad_name", "-x"))}
    reply = door.post("/certificates", body)
    assert (reply.status, reply.json["code"]) == (422, "policy_refused")
    assert len(reply.json["errors"]) >= 2


@pytest.mark.parametrize("changes", [{"ca": "Nobody"}, {"profile": "nothing"}])
def test_an_unknown_ca_or_profile_is_404(door: Door, changes: dict[str, str]) -> None:
    body = {"ca": "Issuing CA", "profile": "tls-server", "csr": make_csr("www.example.com"), **changes}
    assert door.post("/certificates", body).status == 404


def test_a_revoked_certificate_says_when_and_why(door: Door, house: House) -> None:
    made = issue(door)
    since = (house.clock.now() - timedelta(minutes=5)).isoformat()
    reply = door.post(f"/certificates/{made['id']}/revoke", {"reason": "keyCompromise", "invalidity_date": since})
    assert reply.status == 200
    assert reply.json["state"] == "revoked"
    revocation = reply.json["revocation"]
    assert (revocation["reason"], datetime.fromisoformat(revocation["invalidity_date"])) == (
        "keyCompromise",
        datetime.fromisoformat(since),
    )
    assert door.get(f"/certificates/{made['id']}").json == reply.json
    again = door.post(f"/certificates/{made['id']}/revoke", {})
    assert (again.status, again.json["code"]) == (409, "conflict")
    serials = {one["serial_number"] for one in door.get("/certificates?state=revoked&limit=200").json["items"]}
    assert made["serial_number"] in serials


def test_what_is_not_there_is_404(door: Door, house: House) -> None:
    missing = create_uuid7(0, bytes(10))
    for target in (f"/certificates/{missing}", f"/certificates/{missing}/chain", f"/jobs/{missing}", "/cas/x/chain"):
        assert door.get(target).status == 404, target
    for target in (f"/certificates/{missing}/revoke", f"/tokens/{missing}/revoke", f"/jobs/{missing}/cancel"):
        assert door.post(target, {}).status == 404, target
    assert door.get(f"/cas/Issuing%20CA/crls/{missing}").status == 404


@pytest.mark.parametrize(
    ("form", "media_type", "subjects"),
    [
        ("pem", PEM, ["leaf"]),
        ("chain", PEM, ["leaf", "CN=Issuing CA", "CN=Root CA"]),
        ("fullchain", PEM, ["leaf", "CN=Issuing CA"]),
    ],
)
def test_an_export_holds_what_its_format_says(door: Door, form: str, media_type: str, subjects: list[str]) -> None:
    made = issue(door)
    reply = door.get(f"/certificates/{made['id']}/export?format={form}")
    assert reply.headers["content-type"].partition(";")[0] == media_type
    found = [one.subject.rfc4514_string() for one in x509.load_pem_x509_certificates(reply.body)]
    assert found == [made["subject"] if name == "leaf" else name for name in subjects]


def test_a_der_export_is_the_certificate(door: Door) -> None:
    made = issue(door)
    reply = door.get(f"/certificates/{made['id']}/export?format=der")
    assert reply.headers["content-type"] == "application/pkix-cert"
    assert x509.load_der_x509_certificate(reply.body) == load(made["pem"])


def test_the_root_alone_stays_in_its_own_full_chain(door: Door) -> None:
    root = door.get("/cas/Root%20CA").json["keys"][0]["certificates"][0]
    assert door.get(f"/certificates/{root['id']}/export?format=fullchain").body.decode() == root["pem"]


@pytest.mark.parametrize("target", ["/cas/Issuing%20CA/chain", "certificate"])
def test_a_chain_is_json_or_a_file_by_accept(door: Door, target: str) -> None:
    path = f"/certificates/{issue(door)['id']}/chain" if target == "certificate" else target
    as_json, as_file = door.get(path), door.get(path, [("Accept", f"{PEM}, */*;q=0.1")])
    assert as_file.headers["content-type"].startswith(PEM)
    assert as_json.json == {"chain_pem": as_file.body.decode(), "alternatives": []}
    chain = x509.load_pem_x509_certificates(as_file.body)
    for below, above in pairwise(chain):
        below.verify_directly_issued_by(above)
    assert chain[-1].subject.rfc4514_string() == "CN=Root CA"


def test_a_ca_is_made_below_another_and_shown_with_its_key(door: Door) -> None:
    name = unique("Sub")
    constraints = {"permitted": ["DNS:example.com"], "excluded": ["IP:10.0.0.0/8"]}
    body = {
        "name": name,
        "subject": f"CN={name}",
        "parent": "Root CA",
        "path_length": 0,
        "name_constraints": constraints,
        "policies": [
            {"oid": "1.3.6.1.4.1.99999.1", "cps": "https://pki.example.com/cps"},
            {"oid": "1.3.6.1.4.1.99999.2"},
        ],
    }
    reply = door.post("/cas", body)
    assert reply.status == 201, reply.body
    made = reply.json
    assert set(made) >= {
        "id", "name", "subject", "parent", "state", "not_before", "not_after", "path_length", "key_type", "backend",
        "keys",
    }  # fmt: skip
    assert (made["name"], made["state"], made["path_length"], made["backend"]) == (name, "active", 0, "embedded")
    assert made["parent"] == door.get("/cas/Root%20CA").json["id"]
    assert made["name_constraints"] == constraints
    assert made["policies"] == [
        {"oid": "1.3.6.1.4.1.99999.1", "cps": "https://pki.example.com/cps"},
        {"oid": "1.3.6.1.4.1.99999.2", "cps": None},
    ]
    below = {
        "name": unique("Below"),
        "subject": "CN=Below",
        "parent": "Root CA",
        "policies": [{"oid": "1.2", "cps": ""}],
    }
    refused = door.post("/cas", below)
    assert (refused.status, refused.json["code"]) == (422, "policy_refused")
    assert {(one["field"], one["rule"]) for one in refused.json["errors"]} == {("policies", "policies.form")}
    key = made["keys"][0]
    assert set(key) == {
        "id", "number", "backend", "backend_key_id", "key_type", "signature_algorithm", "state", "switch_at",
        "certificates", "urls",
    }  # fmt: skip
    assert (key["state"], key["certificates"][0]["kind"]) == ("current", "issued")
    assert set(key["urls"]) == {"crl", "ocsp", "certificate"}
    assert door.get(f"/cas/{made['id']}").json == made
    assert door.get(reply.headers["location"]).json == made
    assert door.post("/cas", body).json["code"] == "name_taken"


def test_a_root_made_here_signs_itself(door: Door) -> None:
    name = unique("Root")
    made = door.post("/cas", {"name": name, "subject": f"CN={name}", "validity": "P5Y"}).json
    assert made["parent"] is None
    certificate = made["keys"][0]["certificates"][0]
    assert certificate["kind"] == "self-signed"
    load(certificate["pem"]).verify_directly_issued_by(load(certificate["pem"]))


def test_a_crl_is_published_listed_and_exported(door: Door, house: House) -> None:
    made = issue(door)
    door.post(f"/certificates/{made['id']}/revoke", {"reason": "superseded"})
    house.clock.advance(timedelta(seconds=1))
    published = door.post("/cas/Issuing%20CA/crls")
    assert published.status == 201
    crl = published.json
    told = {"id", "ca", "key", "number", "base_number", "shard", "this_update", "next_update", "entries", "pem"}
    assert set(crl) == told
    parsed = x509.load_pem_x509_crl(crl["pem"].encode())
    assert parsed.get_revoked_certificate_by_serial_number(int(made["serial_number"], 16)) is not None
    assert crl["entries"] == len(parsed)
    assert crl["number"] == parsed.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number
    assert door.get("/cas/Issuing%20CA/crls/current").json == crl
    assert door.get(f"/cas/{crl['ca']}/crls/{crl['id']}").json == crl
    assert door.get("/cas/Issuing%20CA/crls?limit=1").json["items"] == [crl]
    der = door.get("/cas/Issuing%20CA/crls/current/export?format=der")
    assert der.headers["content-type"] == "application/pkix-crl"
    assert x509.load_der_x509_crl(der.body) == parsed
    assert door.get(f"/cas/Issuing%20CA/crls/{crl['id']}/export?format=pem").body.decode() == crl["pem"]
    assert door.get(f"/cas/Root%20CA/crls/{crl['id']}").status == 404


def test_a_ca_that_has_no_crl_yet_says_404(door: Door) -> None:
    name = unique("Fresh")
    door.post("/cas", {"name": name, "subject": f"CN={name}"})
    assert door.get(f"/cas/{name}/crls/current").status == 404


def test_lists_go_page_by_page_and_repeat_nothing(door: Door) -> None:
    for _ in range(3):
        issue(door)
    seen: list[str] = []
    cursor = ""
    while True:
        page = door.get(f"/certificates?limit=2{cursor}").json
        assert set(page) == {"items", "next_cursor"}
        seen += [one["id"] for one in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert len(seen) == len(set(seen)) >= 5


def test_profiles_are_shown_by_name_and_version(door: Door) -> None:
    names = [one["name"] for one in door.get("/profiles").json["items"]]
    assert {"tls-server", "tls-client"} <= set(names)
    shown = door.get("/profiles/tls-server").json
    assert (shown["version"], shown["validity"]["default"]) == (1, "P90D")
    assert door.get("/profiles/tls-server?version=1").json == shown
    assert door.get("/profiles/tls-server?version=2").status == 404


def test_a_token_works_until_it_is_revoked(door: Door) -> None:
    made = door.post("/tokens", {"name": unique("ci"), "role": "requester", "expires": "P1D"})
    assert made.status == 201
    assert made.json["secret_delivered"] is False
    caller = door.with_token(made.json["token"])
    me = caller.get("/me").json
    assert (me["kind"], me["role"], me["via"], me["id"]) == ("token", "requester", "rest", f"token:{made.json['id']}")
    assert "ca:create" not in me["permissions"]
    assert "ca:read" in me["permissions"]
    revoked = door.post(f"/tokens/{made.json['id']}/revoke")
    assert revoked.status == 200
    assert revoked.json["revoked_at"] is not None
    assert caller.get("/me").status == 401


def test_no_list_of_tokens_holds_a_secret(door: Door, house: House) -> None:
    listed = door.get("/tokens?limit=200").body.decode()
    for secret in house.secrets.values():
        assert secret not in listed


def test_aut_06_a_token_never_has_more_rights_than_its_maker(house: House) -> None:
    operator = house.door.as_role(Role.AUDITOR)
    reply = operator.post("/tokens", {"name": "up", "role": "administrator", "expires": "P1D"})
    assert (reply.status, reply.json["code"]) == (403, "forbidden")


def test_a_job_is_cancelled_and_retried_once(door: Door) -> None:
    issue(door)
    job = door.get("/jobs?state=queued&limit=1").json["items"][0]
    cancelled = door.post(f"/jobs/{job['id']}/cancel")
    assert (cancelled.status, cancelled.json["state"]) == (200, "cancelled")
    assert door.post(f"/jobs/{job['id']}/cancel").status == 409
    retried = door.post(f"/jobs/{job['id']}/retry")
    assert (retried.status, retried.json["state"]) == (200, "queued")
    assert door.get(f"/jobs/{job['id']}").json == retried.json


def test_an_audit_event_can_be_checked_from_its_answer(door: Door) -> None:
    made = issue(door)
    page = door.get(f"/audit?action=certificate.issued&object_id={made['id']}").json
    (event,) = page["items"]
    assert event["request_id"] is not None
    assert event["kms"]["algorithm"] == "ECDSA-SHA256"
    body = {name: value for name, value in event.items() if name not in ("hash", "mac")}
    canonical = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    before = next(one for one in door.get("/audit?limit=200").json["items"] if one["seq"] == event["seq"] - 1)
    assert event["hash"] == hashlib.sha256(bytes.fromhex(before["hash"]) + canonical).hexdigest()
    assert event["mac"] == hmac.new(MAC_KEY, bytes.fromhex(event["hash"]), hashlib.sha256).hexdigest()


def test_the_request_id_of_an_answer_is_that_of_its_audit_event(door: Door) -> None:
    reply = door.post("/tokens", {"name": unique("t"), "role": "auditor", "expires": "PT1H"})
    (event,) = door.get(f"/audit?object_id={reply.json['id']}").json["items"]
    assert event["request_id"] == reply.headers["x-request-id"]


def test_the_trail_is_proven_whole(door: Door) -> None:
    report = door.get("/audit/verify").json
    assert (report["valid"], report["problems"]) == (True, [])
    assert report["events"] > 0


def test_backends_and_status_tell_what_is_there(door: Door) -> None:
    (backend,) = door.get("/backends").json["items"]
    assert (backend["name"], backend["state"]) == ("embedded", "available")
    status = door.get("/status").json
    assert status["ready"] is True
    assert "database" in {part["name"] for part in status["parts"]}
    assert status["near_ends"] == []
