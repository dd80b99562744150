"""The master key wrapped by a key of a real Cosmian KMS; moved there from a token and back, killed on the way."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from pki_manager.signers.cosmian.client import KmsRefused
from pki_manager.signers.cosmian.wire import enumeration, structure, text
from tests.services import softhsm2
from tests.services.installation import PKIM, Installation
from tests.services.kms import OWNER, RUNTIME, Kms, kms_server
from tests.services.softhsm2 import SoftHsm
from tests.support.csrs import make_csr

LABEL = "master-key-and-kms"

pytestmark = pytest.mark.kms


@pytest.fixture(scope="module")
def own_kms(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kms]:
    """One that a test may stop."""
    with kms_server(tmp_path_factory.mktemp("own-kms")) as server:
        yield server


@pytest.fixture(scope="module")
def installation(own_kms: Kms, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    folder = tmp_path_factory.mktemp("token")
    hsm = SoftHsm(folder / "softhsm2")
    hsm.prepare()
    hsm.make_token(LABEL)
    token = {"module": str(softhsm2.require_module()), "token_label": LABEL}
    hsm_backend = {"name": "hsm", "kind": "pkcs11", "pin_file": str(softhsm2.pin_file(folder)), **token}
    backends = [{"name": "embedded", "kind": "embedded"}, hsm_backend, own_kms.described(owner=False)]
    settings = {"PKIM_KEY_BACKENDS": json.dumps(backends), "SOFTHSM2_CONF": str(hsm.configuration)}
    made = Installation(tmp_path_factory.mktemp("installation"), settings)
    made.run("init")
    return made


def owner(kms: Kms) -> list[str]:
    certificate, key = kms.pki.client(OWNER)
    return ["--owner-certificate-file", str(certificate), "--owner-key-file", str(key)]


def issue(installation: Installation) -> None:
    request = installation.folder / "request.pem"
    request.write_text(make_csr("www.example.com"))
    installation.run("cert", "issue", "--ca", "Issuing CA", "--profile", "tls-server", "--csr", str(request))


def wrapped_by(installation: Installation) -> list[str]:
    """First line, backend and key id of the key file."""
    return (installation.home / "master.key").read_text().splitlines()[:3]


def test_only_the_owner_wraps_and_only_the_server_unwraps(installation: Installation, own_kms: Kms) -> None:
    before = (installation.home / "master.key").read_text()
    told = installation.run("key", "rewrap", "--backend", "kms", expect=6)
    assert "owner" in told
    assert (installation.home / "master.key").read_text() == before
    changed = installation.json("key", "rewrap", "--backend", "kms", *owner(own_kms))
    assert changed["kind"] == "wrapped-key-file"
    first, backend, key_id = wrapped_by(installation)
    assert (first, backend) == ("pki-manager wrapped master key v1", "kms")
    issue(installation)
    with own_kms.client(RUNTIME) as client:
        for format_type in ("Raw", "TransparentSymmetricKey"):
            asked = structure("Get", text("UniqueIdentifier", key_id), enumeration("KeyFormatType", format_type))
            with pytest.raises(KmsRefused, match="Object_Not_Found"):
                client.kmip(asked)
    own_kms.kill()
    try:
        assert "KMS" in installation.run("ca", "list", expect=7)
    finally:
        own_kms.start()
    issue(installation)
    assert installation.run("audit", "verify")


@pytest.mark.long
def test_what_the_kms_did_not_wrap_opens_nothing(installation: Installation, own_kms: Kms) -> None:
    installation.run("key", "rewrap", "--backend", "kms", *owner(own_kms))
    path = installation.home / "master.key"
    kept = path.read_text()
    lines = kept.splitlines()
    faults = (
        ([*lines[:2], "master-key-0", lines[3]], "refused to unwrap"),
        ([*lines[:3], "AAAA"], "refused to unwrap"),
    )
    try:
        for spoilt, told in faults:
            path.write_text("".join(f"{line}\n" for line in spoilt))
            assert told in installation.run("ca", "list", expect=5)
    finally:
        path.write_text(kept)
    issue(installation)


@pytest.mark.long
def test_from_a_token_to_the_kms_and_back_killed_at_any_moment(installation: Installation, own_kms: Kms) -> None:
    for arguments, wanted in (
        (["--backend", "hsm"], "hsm"),
        (["--backend", "kms", *owner(own_kms)], "kms"),
        (["--backend", "hsm"], "hsm"),
    ):
        for after in (0.4, 0.9, 1.4, 2.0):
            killed(installation, after, ["key", "rewrap", *arguments])
            installation.run("ca", "list")
        installation.run("key", "rewrap", *arguments)
        assert wrapped_by(installation)[1] == wanted
        assert not Path(f"{installation.home / 'master.key'}.new").exists()
        issue(installation)
    installation.run("key", "rewrap")
    issue(installation)


def killed(installation: Installation, seconds: float, arguments: list[str]) -> None:
    """Run it, and end it as a power cut would after so long; it may have ended by itself before."""
    process = subprocess.Popen(
        [PKIM, *arguments], env=installation.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(10)
