"""What happens to a certificate after it was issued, as the REST door tells it."""

from __future__ import annotations

import base64
import hashlib
import io
import re
import zipfile
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key, pkcs12

from tests.protocols.rest.door import Door, House, unique
from tests.protocols.rest.test_operations import issue, load
from tests.support.csrs import make_csr

PASSPHRASE = "correct horse battery"


def test_a_renewal_is_created_and_both_certificates_name_each_other(door: Door) -> None:
    old = issue(door)
    reply = door.post(f"/certificates/{old['id']}/renew", {"validity": "P7D"})
    assert reply.status == 201
    new = reply.json
    assert door.get(reply.headers["location"]).json == new
    assert (new["renews"], new["subject"], new["sans"]) == (old["id"], old["subject"], old["sans"])
    assert door.get(f"/certificates/{old['id']}").json == {**old, "renewed_by": new["id"]}
    before, after = load(old["pem"]), load(new["pem"])
    assert before.public_key() == after.public_key()
    assert after.extensions.get_extension_for_class(x509.SubjectAlternativeName)


def test_a_renewal_that_cannot_be_meant_is_refused(door: Door) -> None:
    old = issue(door)
    assert door.post(f"/certificates/{old['id']}/renew", {"validity": "P1000D"}).status == 422
    assert door.post(f"/certificates/{old['id']}/renew", {"csr": "x"}).fields == {"csr"}


def test_a_made_key_is_told_once(door: Door) -> None:
    body = {
        "ca": "Issuing CA",
        "profile": "tls-server",
        "key_type": "ECDSA-P256",
        "passphrase": PASSPHRASE,
        "sans": ["DNS:made.example.com"],
    }
    headers = [("Idempotency-Key", unique("key"))]
    first, again = door.post("/certificates", body, headers), door.post("/certificates", body, headers)
    assert (first.status, again.status) == (201, 201)
    assert first.headers["cache-control"] == "no-store"
    held = pkcs12.load_pkcs12(base64.b64decode(first.json["private_key"]), PASSPHRASE.encode())
    assert held.cert is not None
    assert held.cert.certificate == load(first.json["pem"])
    assert first.json["secret_delivered"] is False
    assert again.json == {**first.json, "private_key": None, "secret_delivered": True}
    shown = door.get(first.headers["location"]).json
    assert set(first.json) - set(shown) == {"private_key", "secret_delivered"}


def test_a_rekey_tells_the_made_key_as_pem(door: Door) -> None:
    old = issue(door)
    reply = door.post(
        f"/certificates/{old['id']}/rekey", {"key_type": "Ed25519", "key_format": "pem", "passphrase": PASSPHRASE}
    )
    assert (reply.status, reply.json["renews"], reply.json["sans"]) == (201, old["id"], old["sans"])
    private = load_pem_private_key(reply.json["private_key"].encode(), PASSPHRASE.encode())
    assert private.public_key() == load(reply.json["pem"]).public_key()


def test_a_rekey_by_request_tells_no_secret(door: Door) -> None:
    old = issue(door)
    csr = make_csr("ignored.example.com", key=ec.generate_private_key(ec.SECP256R1()))
    reply = door.post(f"/certificates/{old['id']}/rekey", {"csr": csr})
    assert (reply.status, reply.json["sans"]) == (201, old["sans"])
    assert "private_key" not in reply.json


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({}, "csr"),
        ({"csr": "x", "key_type": "ECDSA-P256"}, "csr"),
        ({"csr": "x", "passphrase": PASSPHRASE}, "passphrase"),
        ({"csr": "x", "key_format": "pem"}, "key_format"),
        ({"key_type": "ECDSA-P256"}, "passphrase"),
        ({"key_type": "ECDSA-P256", "passphrase": "short"}, "passphrase"),
        ({"key_type": "ECDSA-P256", "passphrase": PASSPHRASE, "key_format": "der"}, "key_format"),
        ({"key_type": "DSA-1024", "passphrase": PASSPHRASE}, "key_type"),
    ],
)
def test_one_key_is_named_and_what_opens_it(door: Door, changes: dict[str, str], field: str) -> None:
    reply = door.post("/certificates", {"ca": "Issuing CA", "profile": "tls-server", **changes})
    assert (reply.status, reply.fields) == (422, {field})
    assert PASSPHRASE not in reply.body.decode()


def test_rev_16_a_serial_number_in_any_notation_names_the_certificate(door: Door) -> None:
    made = issue(door)
    serial = made["serial_number"]
    colons = ":".join(serial[start : start + 2] for start in range(0, len(serial), 2))
    for text in (serial, serial.upper(), colons, colons.upper(), f"0x{serial}", f"00{serial}", str(int(serial, 16))):
        assert door.get(f"/certificates/{text}").json == made, text


@pytest.mark.parametrize(
    "name",
    [
        "..%2f..%2fetc%2fpasswd",
        "%2e%2e",
        "%2fetc%2fpasswd",
        "x%00y",
        "a%5c..%5cb",
        "1" * 201,
        "zz",
        "-----",
    ],
)
def test_web_06_a_path_in_disguise_names_no_certificate(door: Door, name: str) -> None:
    made = issue(door)
    for target in (f"/certificates/{name}", f"/certificates/{name}/export?format=pem"):
        assert door.get(target).status in (400, 404, 422), target
    assert door.get(f"/certificates/{made['id']}/export?format=..%2f..%2fpem").status == 422


def test_web_06_the_name_of_an_exported_file_is_ours(door: Door) -> None:
    made = issue(door, subject='CN=made.example.com,O=..\\"/x', sans=["DNS:made.example.com"])
    for form in ("pem", "der", "chain", "fullchain", "p7b", "p12", "jks", "zip"):
        header = door.get(f"/certificates/{made['id']}/export?format={form}").headers["content-disposition"]
        assert re.fullmatch(r'attachment; filename="[a-z]+\.[a-z0-9]+"', header)


def test_the_archive_has_one_file_of_each_format(door: Door) -> None:
    made = issue(door)
    reply = door.get(f"/certificates/{made['id']}/export?format=zip")
    with zipfile.ZipFile(io.BytesIO(reply.body)) as packed:
        assert packed.testzip() is None
        names = set(packed.namelist())
        assert packed.read("certificate.pem").decode() == made["pem"]
    assert names == {
        "certificate.pem", "certificate.cer", "chain.pem", "fullchain.pem", "chain.p7b", "chain.p12", "truststore.p12",
    }  # fmt: skip


def test_legacy_is_for_p12_only(door: Door) -> None:
    made = issue(door)
    assert door.get(f"/certificates/{made['id']}/export?format=p12&legacy=true").status == 200
    assert door.get(f"/certificates/{made['id']}/export?format=pem&legacy=true").fields == {"legacy"}


def test_a_hold_is_told_released_and_made_final(door: Door) -> None:
    one = issue(door)["id"]
    held = door.post(f"/certificates/{one}/hold")
    assert (held.status, held.json["state"], held.json["revocation"]["reason"]) == (200, "held", "certificateHold")
    assert door.get("/certificates?state=held").json["items"][0] == held.json
    released = door.post(f"/certificates/{one}/release")
    assert (released.status, released.json["state"], released.json["revocation"]) == (200, "valid", None)
    again = door.post(f"/certificates/{one}/release")
    assert (again.status, again.json["code"]) == (409, "conflict")
    door.post(f"/certificates/{one}/hold")
    final = door.post(f"/certificates/{one}/revoke", {"reason": "superseded"})
    assert (final.status, final.json["state"]) == (200, "revoked")
    assert door.post(f"/certificates/{one}/release").status == 409


@pytest.mark.parametrize("form", ["pem", "base64", "hash"])
def test_every_certificate_of_a_key_is_revoked_by_it(door: Door, form: str) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    mine = [issue(door, csr=make_csr(f"{unique('www')}.example.com", key=key)) for _ in range(2)]
    public = key.public_key()
    spki = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    digest = hashlib.sha256(spki).hexdigest()
    told = {
        "pem": public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode(),
        "base64": base64.b64encode(spki).decode(),
        "hash": digest.upper(),
    }[form]
    headers = [("Idempotency-Key", unique("key"))]
    body = {"key": told, "reason": "keyCompromise"}
    reply, again = (door.post("/certificates/revoke-by-key", body, headers) for _ in range(2))
    assert reply.status == 200
    assert reply.json["spki_sha256"] == digest
    assert {one["id"] for one in reply.json["certificates"]} == {one["id"] for one in mine}
    assert {one["state"] for one in reply.json["certificates"]} == {"revoked"}
    assert again.json == reply.json
    assert door.post("/certificates/revoke-by-key", body).status == 409


def test_a_key_that_nobody_has_or_that_is_none(door: Door) -> None:
    assert door.post("/certificates/revoke-by-key", {"key": "00" * 32}).status == 404
    for text in ("x", "00", make_csr("www.example.com"), "MAA="):
        assert door.post("/certificates/revoke-by-key", {"key": text}).fields == {"key"}, text


def test_a_certificate_that_has_not_expired_is_not_deleted(door: Door) -> None:
    one = issue(door)["id"]
    reply = door.send("DELETE", f"/certificates/{one}")
    assert (reply.status, reply.json["code"]) == (409, "conflict")
    assert door.get(f"/certificates/{one}").status == 200


def test_rev_24_an_expired_certificate_is_deleted(house: House, door: Door) -> None:
    one = issue(door, validity="PT1H")["id"]
    now = house.clock.now()
    house.clock.set(now + timedelta(hours=2))
    try:
        reply = door.send("DELETE", f"/certificates/{one}")
        assert (reply.status, reply.body) == (204, b"")
        assert door.get(f"/certificates/{one}").status == 404
        assert door.send("DELETE", f"/certificates/{one}").status == 404
    finally:
        house.clock.set(now)


def test_a_ca_is_suspended_resumed_retired_and_revoked(door: Door) -> None:
    name = unique("CA")
    door.post("/cas", {"name": name, "subject": f"CN={name}", "parent": "Root CA"})
    states = []
    for verb, body in (("suspend", None), ("resume", None), ("retire", None), ("revoke", {"reason": "cACompromise"})):
        reply = door.post(f"/cas/{name}/{verb}", body)
        assert reply.status == 200, reply.body
        assert door.get(f"/cas/{name}").json == reply.json
        states.append(reply.json["state"])
    assert states == ["suspended", "active", "retired", "revoked"]
    assert door.post(f"/cas/{name}/resume").status == 409
    assert door.post(f"/cas/{name}/suspend", {"why": "x"}).status == 422
    assert door.post("/cas/Nobody/suspend").status == 404
