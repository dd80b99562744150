"""Backups on the real thing: a served installation is backed up, destroyed, and restored on a fresh machine."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

import httpx2
import pytest

from pki_manager.bootstrap import open_installation
from pki_manager.settings import load
from pki_manager.x509.crl import read_crl_facts
from tests.interop.test_tutorial import _run, _script
from tests.services import softhsm2
from tests.services.installation import PKIM, Installation
from tests.services.postgresql import PostgresServer
from tests.services.softhsm2 import SoftHsm
from tests.support.backups import digests
from tests.support.csrs import make_csr

T = TypeVar("T")

RUNBOOK = "docs/operations/runbooks/restore-on-new-hardware.md"
PASSPHRASE = "correct horse battery staple"


def eventually(call: Callable[[], T], *errors: type[Exception]) -> T:
    """Repeat the call until it raises none of the errors, for 30 seconds at most."""
    end = time.monotonic() + 30
    while True:
        try:
            return call()
        except errors:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)


def issue(installation: Installation, name: str) -> dict[str, str]:
    request = installation.folder / "request.pem"
    request.write_text(make_csr(name))
    arguments = ("--ca", "Issuing CA", "--profile", "tls-server", "--csr", str(request))
    found: dict[str, str] = installation.json("cert", "issue", *arguments)
    return found


def published_crl(installation: Installation, base: str) -> bytes:
    ca = installation.json("ca", "show", "Issuing CA")["id"]
    return eventually(lambda: httpx2.get(f"{base}/crl/{ca}.crl").raise_for_status().content, httpx2.HTTPStatusError)


def await_self_check(installation: Installation) -> None:
    """Wait until the self-check of the start has revoked its certificate, and the CRL says so: nothing changes then."""

    def settled() -> None:
        events = [(one["actor"]["id"], one["action"]) for one in installation.json("audit", "list")["items"]]
        actions = [action for _, action in events]  # newest first
        assert actions.index("crl.published") < events.index(("system:selfcheck", "certificate.revoked"))

    eventually(settled, AssertionError, ValueError)


def ocsp(installation: Installation, certificate: str, base: str) -> str:
    """What OpenSSL says of the status."""
    folder = installation.folder
    (folder / "leaf.pem").write_text(certificate)
    (folder / "issuer.pem").write_text(installation.json("ca", "chain", "Issuing CA")["chain_pem"])
    arguments = ["-issuer", "issuer.pem", "-cert", "leaf.pem", "-url", f"{base}/ocsp", "-noverify", "-no_nonce"]
    done = subprocess.run(["openssl", "ocsp", *arguments], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout


def passphrase_file(folder: Path) -> Path:
    path = folder / "passphrase"
    path.write_text(f"{PASSPHRASE}\n")
    path.chmod(0o600)
    return path


def in_database(installation: Installation) -> dict[str, tuple[int, str]]:
    opened = open_installation(load(installation.home, installation.environment), slot="test")
    try:
        return digests(opened.engine)
    finally:
        opened.close()


def on_new_hardware(old: Installation, folder: Path, settings: Mapping[str, str]) -> Installation:
    """Another machine: only the status address is that of the old one."""
    folder.mkdir()
    status = {"PKIM_STATUS_BIND": old.environment["PKIM_STATUS_BIND"]}
    return Installation(folder, status | settings)


@pytest.fixture(params=["sqlcipher", "postgresql"])
def engine_settings(request: pytest.FixtureRequest, postgresql: PostgresServer) -> list[dict[str, str]]:
    """Settings of the old machine, and of the new one."""
    if request.param == "sqlcipher":
        return [{}, {}]
    return [{"PKIM_DATABASE_URL": postgresql.url(postgresql.create_database())} for _ in range(2)]


def test_ops_01_a_destroyed_installation_is_restored_on_new_hardware(
    tmp_path: Path, engine_settings: list[dict[str, str]]
) -> None:
    (tmp_path / "old").mkdir()
    old, secret, file = (
        Installation(tmp_path / "old", engine_settings[0]),
        passphrase_file(tmp_path),
        tmp_path / "pki.age",
    )
    old.run("init")
    with old.serving() as server:
        issue(old, "valid.example.com")
        revoked = issue(old, "revoked.example.com")
        old.run("cert", "revoke", revoked["id"], "--reason", "keyCompromise")
        await_self_check(old)
        before = read_crl_facts(published_crl(old, server.status))
        old.run("backup", "create", "--out", str(file), "--passphrase-file", str(secret))
    kept = in_database(old)
    shutil.rmtree(old.home)

    new = on_new_hardware(old, tmp_path / "new", engine_settings[1])
    new.environment |= {"BACKUP": str(file), "PASSPHRASE_FILE": str(secret)}
    done = _run(_script(RUNBOOK).split("pkim serve")[0], {**new.environment, "PATH": _path(new)}, tmp_path)
    assert done.returncode == 0, done.stdout
    assert "audit_events" in done.stdout
    found = in_database(new)
    same = ("cas", "issuer_keys", "certificates", "certificate_names", "revocations", "crls", "users", "profiles")
    assert {table: found[table] for table in same} == {table: kept[table] for table in same}
    with new.serving() as server:
        after = read_crl_facts(published_crl(new, server.status))
        assert (after.number or 0) > (before.number or 0)
        assert int(revoked["serial_number"], 16) in after.serials
        assert new.json("cert", "show", revoked["id"])["state"] == "revoked"
        assert "leaf.pem: revoked" in ocsp(new, revoked["pem"], server.status)
        assert "failed" not in new.run("selfcheck")
    assert new.run("audit", "verify")


def _path(installation: Installation) -> str:
    return f"{PKIM.parent}:{installation.environment['PATH']}"


def test_the_runbook_restores_and_serves(tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    old, secret, file = Installation(tmp_path / "old"), passphrase_file(tmp_path), tmp_path / "pki.age"
    old.run("init")
    old.run("backup", "create", "--out", str(file), "--passphrase-file", str(secret))
    later, seen = issue(old, "later.example.com"), tmp_path / "seen.log"
    seen.write_text(json.dumps(later))
    new = on_new_hardware(old, tmp_path / "new", {})
    environment = {**new.environment, "PATH": _path(new), "BACKUP": str(file), "PASSPHRASE_FILE": str(secret)}
    environment["SEEN"] = str(seen)
    done = _run(_script(RUNBOOK), environment, tmp_path)
    assert done.returncode == 0, done.stdout
    assert "OCSP says revoked" in done.stdout
    (found,) = new.json("cert", "list", "--query", "later")["items"]
    assert found["serial_number"] == later["serial_number"]


def test_with_keys_in_an_hsm_a_restore_signs_with_the_same_token(tmp_path: Path) -> None:
    hsm = SoftHsm(tmp_path / "softhsm2")
    hsm.prepare()
    hsm.make_token("backup")
    token = {
        "module": str(softhsm2.require_module()),
        "token_label": "backup",
        "pin_file": str(softhsm2.pin_file(tmp_path)),
    }
    backends = [{"name": "embedded", "kind": "embedded"}, {"name": "hsm", "kind": "pkcs11", **token}]
    settings = {
        "PKIM_KEY_BACKENDS": json.dumps(backends),
        "PKIM_DEFAULT_KEY_BACKEND": "hsm",
        "SOFTHSM2_CONF": str(hsm.configuration),
    }
    (tmp_path / "old").mkdir()
    old, secret, file = Installation(tmp_path / "old", settings), passphrase_file(tmp_path), tmp_path / "pki.age"
    old.run("init")
    old.run("key", "rewrap", "--backend", "hsm")
    made = old.json("backup", "create", "--out", str(file), "--passphrase-file", str(secret))
    assert made["sha256"]
    verified = old.json("backup", "verify", str(file), "--passphrase-file", str(secret))
    assert (verified["valid"], verified["master_key"], verified["not_compared"]) == (True, "wrapped-key-file", [])
    shutil.rmtree(old.home)

    without = Installation(tmp_path, {"PKIM_STATUS_BIND": old.environment["PKIM_STATUS_BIND"]})
    text = without.run("backup", "restore", str(file), "--passphrase-file", str(secret), expect=5)
    assert "key backend 'hsm'" in text
    assert not without.home.exists()

    new = on_new_hardware(old, tmp_path / "new", settings)
    new.run("backup", "restore", str(file), "--passphrase-file", str(secret))
    new.run("recover", "finish")
    certificate = issue(new, "www.example.com")
    assert certificate["state"] == "valid"


@pytest.mark.parametrize(
    ("arguments", "exit_code", "words"),
    [
        (("create", "--out", "new.age"), 2, "specify exactly one"),
        (("create", "--out", "pki.age", "--passphrase-file", "passphrase"), 6, "exists"),
        (("create", "--out", "missing/pki.age", "--passphrase-file", "passphrase"), 7, "cannot be written"),
        (("create", "--out", "new.age", "--passphrase-file", "open"), 5, "chmod 600"),
        (("restore", "pki.age", "--passphrase-file", "wrong", "--home", "new"), 2, "does not decrypt"),
        (("restore", "foreign", "--passphrase-file", "passphrase", "--home", "new"), 2, "not a backup"),
        (("restore", "cut.age", "--passphrase-file", "passphrase", "--home", "new"), 2, "damaged or incomplete"),
        (("restore", "pki.age", "--passphrase-file", "passphrase", "--home", "full"), 6, "is not empty"),
        (("restore", "none.age", "--passphrase-file", "passphrase", "--home", "new"), 2, "cannot be read"),
        (("verify", "cut.age", "--passphrase-file", "passphrase"), 2, "damaged or incomplete"),
        (("verify", "pki.age", "--url", "http://localhost", "--passphrase-file", "passphrase"), 2, "--url"),
    ],
    ids=lambda value: "-".join(value[:2]) if isinstance(value, tuple) else None,
)
def test_what_cannot_be_done_is_one_sentence_and_changes_nothing(
    refused: Installation, arguments: tuple[str, ...], exit_code: int, words: str
) -> None:
    before = sorted(path.name for path in refused.folder.iterdir())
    done = subprocess.run(
        ["pkim", "backup", *arguments],
        cwd=refused.folder,
        env={**refused.environment, "PATH": _path(refused)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == exit_code, done.stderr
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert sorted(path.name for path in refused.folder.iterdir()) == before


@pytest.fixture(scope="module")
def refused(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """With a backup, and with files that are none."""
    folder = tmp_path_factory.mktemp("refused")
    installation = Installation(folder)
    installation.run("init")
    secret = passphrase_file(folder)
    installation.run("backup", "create", "--out", str(folder / "pki.age"), "--passphrase-file", str(secret))
    whole = (folder / "pki.age").read_bytes()
    (folder / "cut.age").write_bytes(whole[: len(whole) // 2])
    (folder / "foreign").write_bytes(b"something else\n" * 100)
    (folder / "wrong").write_text("another passphrase\n")
    (folder / "wrong").chmod(0o600)
    (folder / "open").write_text(f"{PASSPHRASE}\n")
    (folder / "open").chmod(0o644)
    (folder / "full").mkdir()
    (folder / "full" / "file").touch()
    return installation
