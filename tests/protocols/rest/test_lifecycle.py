"""What happens to a certificate after it was issued, as the REST door tells it."""

from __future__ import annotations

import base64
import io
import re
import zipfile

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key, pkcs12

from tests.csrs import make_csr
from tests.protocols.rest.door import Door, unique
from tests.protocols.rest.test_operations import issue, load

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
