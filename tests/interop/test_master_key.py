"""`pkim key rewrap` on whole installations: in place while it serves, to a passphrase and back, wrapped by an HSM."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.services import softhsm2
from tests.services.installation import Installation, administrator_token
from tests.services.softhsm2 import SoftHsm
from tests.support.csrs import make_csr

LABEL = "master-key-test"


@pytest.fixture(scope="module")
def hsm(tmp_path_factory: pytest.TempPathFactory) -> SoftHsm:
    made = SoftHsm(tmp_path_factory.mktemp("hsm") / "softhsm2")
    made.prepare()
    made.make_token(LABEL)
    return made


@pytest.fixture(scope="module")
def installation(hsm: SoftHsm, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    pin = softhsm2.pin_file(hsm.folder)
    token = {"module": str(softhsm2.require_module()), "token_label": LABEL, "pin_file": str(pin)}
    backends = [{"name": "embedded", "kind": "embedded"}, {"name": "hsm", "kind": "pkcs11", **token}]
    settings = {"PKIM_KEY_BACKENDS": json.dumps(backends), "SOFTHSM2_CONF": str(hsm.configuration)}
    made = Installation(tmp_path_factory.mktemp("installation"), settings)
    made.run("init")
    return made


@pytest.fixture(autouse=True)
def as_found(installation: Installation) -> Iterator[None]:
    """Each test leaves a key file in clear and no setting."""
    yield
    environment = installation.environment
    if "PKIM_MASTER_PASSPHRASE_FILE" in environment:
        installation.run("key", "rewrap", "--key-file", str(installation.home / "back.key"))
        del environment["PKIM_MASTER_PASSPHRASE_FILE"]
        (installation.home / "back.key").replace(installation.home / "master.key")
    installation.run("key", "rewrap")


def issue(installation: Installation) -> None:
    request = installation.folder / "request.pem"
    request.write_text(make_csr("www.example.com"))
    installation.run("cert", "issue", "--ca", "Issuing CA", "--profile", "tls-server", "--csr", str(request))


def secret_file(installation: Installation, name: str, text: str) -> Path:
    path = installation.folder / name
    path.touch(mode=0o600)
    path.write_text(text)
    return path


def test_a_new_key_file_in_place_while_it_serves(installation: Installation) -> None:
    old = (installation.home / "master.key").read_text()
    with installation.serving() as server, server.client(administrator_token(installation)) as client:
        changed = installation.json("key", "rewrap")
        assert (changed["kind"], changed["master_key_file"]) == ("key-file", None)
        assert changed["records"] > 5
        assert (installation.home / "master.key").read_text() != old
        for number in range(3):
            csr = make_csr(f"www{number}.example.com")
            body = {"ca": "Issuing CA", "profile": "tls-server", "csr": csr}
            assert client.post("/certificates", json=body).status_code == 201
        made = {"name": "Made after", "subject": "CN=Made after", "key_type": "ECDSA-P256"}
        assert client.post("/cas", json=made).status_code == 201, "its key is sealed under the new one"
    assert installation.run("ca", "show", "Made after")
    assert installation.run("crl", "publish", "Made after")
    assert installation.run("audit", "verify")
    events = installation.json("audit", "list", "--limit", "200")["items"]
    actions = [event["action"] for event in events]
    assert actions.count("master_key.change_intended") == actions.count("master_key.changed") >= 1


def test_a_passphrase_instead_and_the_old_key_file_opens_nothing(installation: Installation) -> None:
    path = secret_file(installation, "passphrase", "correct horse battery staple\n")
    changed = installation.json("key", "rewrap", "--passphrase-file", str(path))
    assert changed["master_passphrase_file"] == str(path)
    assert changed["master_key_file"] is None
    assert "master key does not match" in installation.run("ca", "list", expect=5)
    installation.environment["PKIM_MASTER_PASSPHRASE_FILE"] = str(path)
    issue(installation)
    assert "must not be the current file" in installation.run("key", "rewrap", "--passphrase-file", str(path), expect=2)


def test_wrapped_by_a_key_of_an_hsm(installation: Installation, hsm: SoftHsm) -> None:
    changed = installation.json("key", "rewrap", "--backend", "hsm")
    assert changed["kind"] == "wrapped-key-file"
    first, backend, *_ = (installation.home / "master.key").read_text().splitlines()
    assert (first, backend) == ("pki-manager wrapped master key v1", "hsm")
    issue(installation)
    with installation.serving() as server, server.client(administrator_token(installation)) as client:
        assert client.get("/cas").status_code == 200

    away = hsm.tokens.with_name("away")
    hsm.tokens.rename(away)
    try:
        installation.run("ca", "list", expect=7)
    finally:
        away.rename(hsm.tokens)
    issue(installation)
    assert "sensitive, always sensitive, never extractable" in hsm.tool(LABEL, "--list-objects", "--type", "privkey")


def test_a_wrapped_key_that_another_key_wrapped_or_nobody_can_unwrap_opens_nothing(installation: Installation) -> None:
    installation.run("key", "rewrap", "--backend", "hsm")
    path = installation.home / "master.key"
    kept = path.read_text()
    lines = kept.splitlines()
    faults = (
        ([*lines[:2], "master-key-0", lines[3]], "has no key", 5),
        ([*lines[:3], lines[3][::-1].lstrip("=") + "=="], "The token", 7),
        ([lines[0], "elsewhere", *lines[2:]], "not a pkcs11 or cosmian backend in the settings", 5),
        (lines[:3], "four lines", 5),
    )
    try:
        for spoilt, told, code in faults:
            path.write_text("".join(f"{line}\n" for line in spoilt))
            assert told in installation.run("ca", "list", expect=code)
    finally:
        path.write_text(kept)
    issue(installation)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--backend", "embedded"], "must be the name of a pkcs11 or cosmian key backend"),
        (["--backend", "hsm", "--passphrase-file", "/x"], "cannot be set together with another new master key"),
        (["--passphrase-file", "/nowhere"], "cannot be read"),
    ],
)
def test_what_cannot_be_meant_changes_nothing(installation: Installation, options: list[str], told: str) -> None:
    installation.run("key", "rewrap")
    kept = (installation.home / "master.key").read_text()
    refused = installation.run("key", "rewrap", *options, expect=5 if "/nowhere" in options else 2)
    assert told in refused
    assert (installation.home / "master.key").read_text() == kept
    events = installation.json("audit", "list", "--limit", "10")["items"]
    ended = [event for event in events if event["action"].startswith("master_key.")]
    assert ended[0]["action"] != "master_key.change_intended", "a change that failed has an end too"
    issue(installation)
