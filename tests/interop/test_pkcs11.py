"""The road of a certificate with every CA and OCSP key in SoftHSM2, judged by OpenSSL; and what may be seen of it."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.judges import openssl
from tests.services import softhsm2
from tests.services.installation import Installation, Server, administrator_token
from tests.services.softhsm2 import PIN, SoftHsm
from tests.support.canary import hits
from tests.support.csrs import make_csr

LABEL = "pki-manager-test"


@dataclass
class Held:
    """An installation whose CAs live in a token."""

    hsm: SoftHsm
    installation: Installation

    def keys(self) -> str:
        """What OpenSC sees in the token."""
        return self.hsm.tool(LABEL, "--list-objects")


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> Held:
    folder = tmp_path_factory.mktemp("hsm")
    hsm = SoftHsm(folder / "softhsm2")
    hsm.prepare()
    hsm.make_token(LABEL)
    pin = softhsm2.pin_file(folder)
    token = {"module": str(softhsm2.require_module()), "token_label": LABEL, "pin_file": str(pin)}
    backends = [{"name": "embedded", "kind": "embedded"}, {"name": "hsm", "kind": "pkcs11", **token}]
    settings = {"PKIM_KEY_BACKENDS": json.dumps(backends), "PKIM_DEFAULT_KEY_BACKEND": "hsm"}
    made = Installation(folder / "pkim", settings | {"SOFTHSM2_CONF": str(hsm.configuration)})
    made.folder.mkdir()
    made.run("init")
    return Held(hsm, made)


@pytest.fixture(scope="module")
def server(held: Held) -> Iterator[Server]:
    with held.installation.serving() as running:
        yield running


@pytest.fixture(scope="module")
def api(held: Held, server: Server) -> Iterator[httpx2.Client]:
    with server.client(administrator_token(held.installation)) as client:
        yield client


def create(api: httpx2.Client, name: str, key_type: str, **more: Any) -> Any:
    answer = api.post("/cas", json={"name": name, "subject": f"CN={name}", "key_type": key_type, **more})
    assert answer.status_code == 201, answer.text
    return answer.json()


def fetch_crl(api: httpx2.Client, ca: str, path: Path) -> Path:
    answer = api.post(f"/cas/{ca}/crls")
    assert answer.status_code == 201, answer.text
    path.write_text(answer.json()["pem"])
    return path


def status(leaf: Path, issuer: Path, root: Path, url: str, wanted: str) -> str:
    """What OpenSSL hears of the OCSP responder, once the worker has signed it."""
    said = ""
    for _ in range(100):
        said = openssl.ocsp(leaf, issuer, root, url).status
        if said == wanted:
            break
        time.sleep(0.2)
    return said


@pytest.mark.parametrize(
    ("key_type", "signs"),
    [
        ("ECDSA-P256", None),
        ("ECDSA-P384", None),
        ("ECDSA-P521", None),
        ("RSA-2048", None),
        ("RSA-3072", "RSA-PSS-SHA384"),
        ("Ed25519", None),
    ],
)
def test_a_hierarchy_in_a_token_is_accepted_and_after_revocation_refused(
    api: httpx2.Client, tmp_path: Path, key_type: str, signs: str | None
) -> None:
    more = {"signature_algorithm": signs} if signs else {}
    root, issuing = f"Root {key_type}", f"Issuing {key_type}"
    create(api, root, key_type, **more)
    made = create(api, issuing, key_type, parent=root, **more)
    assert [made["backend"], made["keys"][0]["backend"]] == ["hsm", "hsm"]
    answer = api.post(
        "/certificates", json={"ca": issuing, "profile": "tls-server", "csr": make_csr("www.example.com")}
    )
    assert answer.status_code == 201, answer.text
    issued = answer.json()
    chain = api.get(f"/certificates/{issued['id']}/export", params={"format": "chain"}).text
    blocks = chain.split("-----END CERTIFICATE-----\n")[:-1]
    leaf, between, top = (tmp_path / f"{name}.pem" for name in ("leaf", "issuing", "root"))
    for path, block in zip((leaf, between, top), blocks, strict=True):
        path.write_text(f"{block}-----END CERTIFICATE-----\n")
    crls = [fetch_crl(api, issuing, tmp_path / "issuing.crl"), fetch_crl(api, root, tmp_path / "root.crl")]
    url = made["keys"][0]["urls"]["ocsp"]
    assert openssl.verify(leaf, [between], top, crls, hostname="www.example.com") == "ok"
    assert [openssl.crl(crls[0], between), openssl.crl(crls[1], top)] == ["ok", "ok"]
    assert status(leaf, between, top, url, "good") == "good"

    answer = api.post(f"/certificates/{issued['id']}/revoke", json={"reason": "keyCompromise"})
    assert answer.status_code == 200, answer.text
    crls[0] = fetch_crl(api, issuing, tmp_path / "issuing.crl")
    assert openssl.verify(leaf, [between], top, crls) == "revoked"
    assert status(leaf, between, top, url, "revoked") == "revoked"


def test_the_token_holds_the_keys_and_the_keystore_only_their_public_halves(held: Held, api: httpx2.Client) -> None:
    in_token = held.keys()
    ours = [key for ca in api.get("/cas").json()["items"] for key in ca["keys"] if key["backend"] == "hsm"]
    assert len(ours) >= 2
    assert [key["id"] for key in ours if f"label:      {key['backend_key_id']}" not in in_token] == []
    assert "never extractable" in in_token
    (hsm,) = [row for row in api.get("/backends").json()["items"] if row["name"] == "hsm"]
    assert (hsm["kind"], hsm["state"], hsm["reason"]) == ("pkcs11", "available", None)
    assert "ML-DSA-65" not in hsm["key_types"]


def test_a_key_type_that_the_token_lacks_is_refused_by_its_field(api: httpx2.Client) -> None:
    answer = api.post("/cas", json={"name": "Quantum", "subject": "CN=Quantum", "key_type": "ML-DSA-65"})
    assert answer.status_code == 422, answer.text
    assert [error["field"] for error in answer.json()["errors"]] == ["key_type"]


def test_kms_07_the_pin_and_private_keys_are_nowhere_but_where_they_belong(
    held: Held, server: Server, api: httpx2.Client
) -> None:
    api.post("/certificates", json={"ca": "Issuing CA", "profile": "tls-server", "csr": make_csr("a.example.com")})
    said = [
        held.installation.run(*command) for command in (("config", "explain"), ("audit", "list"), ("backend", "list"))
    ]
    said += [api.get(path).text for path in ("/cas", "/backends", "/audit", "/certificates")]
    seen = {name: Path(f"/proc/{server.pid}/{name}").read_bytes() for name in ("cmdline", "environ")}
    assert not [text for text in (*said, str(seen)) if PIN in text]
    # The installation's own checkpoint and TLS keys aside, nothing in the home is, or holds, a private key or the PIN.
    found = hits(held.installation.folder, [PIN.encode(), b"PRIVATE KEY"])
    assert {name for name, _ in found} == {"server.pem"}
    assert hits(held.hsm.folder.parent, [PIN.encode()]) == [("pin", PIN.encode())], "the search itself is blind"


def test_kms_04_a_wrong_pin_stops_the_cas_of_that_token_and_no_others(held: Held, api: httpx2.Client) -> None:
    create(api, "Embedded root", "ECDSA-P256", backend="embedded")
    pin = held.hsm.folder.parent / "pin"
    pin.write_text("not-it\n")
    try:
        backends = {row["name"]: row for row in held.installation.json("backend", "list")["items"]}
        assert [backends[name]["state"] for name in ("embedded", "hsm")] == ["available", "unavailable"]
        assert "PIN" in backends["hsm"]["reason"]
        assert held.installation.run("crl", "publish", "Embedded root")
        assert "cannot be used" in held.installation.run("crl", "publish", "Issuing CA", expect=7)
    finally:
        pin.write_text(f"{PIN}\n")
    assert held.installation.run("crl", "publish", "Issuing CA")
