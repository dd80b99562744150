"""Each runbook is executed as printed, on a real installation, and what it promises is judged from outside."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import httpx2
import pytest

from tests.interop.test_tutorial import _run, _script
from tests.services.installation import PKIM, Installation, Server
from tests.support.csrs import make_csr

RUNBOOKS = "docs/operations/runbooks"
ROOT, CA = "Root CA", "Issuing CA"


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    made = Installation(tmp_path)
    made.run("init")
    return made


@pytest.fixture
def served(installation: Installation) -> Iterator[Installation]:
    with installation.serving():
        yield installation


def run(installation: Installation, page: str, **values: str) -> str:
    """Execute everything that the page prints as commands; return its output."""
    return execute(installation, _script(f"{RUNBOOKS}/{page}"), **values)


def execute(installation: Installation, script: str, **values: str) -> str:
    environment = {**installation.environment, **values}
    environment["PATH"] = f"{PKIM.parent}:{environment['PATH']}"
    done = _run(script, environment, installation.folder)
    assert done.returncode == 0, done.stdout
    return done.stdout


def issue(installation: Installation, ca: str, name: str) -> dict[str, str]:
    request = installation.folder / "request.pem"
    request.write_text(make_csr(name))
    arguments = ("--ca", ca, "--profile", "tls-server", "--csr", str(request))
    found: dict[str, str] = installation.json("cert", "issue", *arguments)
    return found


def link_in(printed: str) -> str:
    return next(word for word in printed.split() if "/welcome#" in word)


def accept(server: Server, link: str) -> None:
    """Set a password with an invitation link, as its page does."""
    body = {"secret": link.partition("#")[2], "password": "a long passphrase for this"}
    url = f"{server.management}/api/v1/invitations/accept"
    assert httpx2.post(url, json=body, timeout=60).status_code == 201


def states(installation: Installation) -> Mapping[str, str]:
    return {one["name"]: one["state"] for one in installation.json("ca", "list")["items"]}


def openssl_says(folder: Path, leaf: str, root: str, chain: str, *options: str) -> str:
    """What `openssl verify` prints about a leaf with that root and those CA certificates."""
    for name, text in (("leaf.pem", leaf), ("root.pem", root), ("chain.pem", chain)):
        (folder / name).write_text(text)
    command = ["openssl", "verify", "-CAfile", "root.pem", "-untrusted", "chain.pem", *options, "leaf.pem"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=False)
    return done.stdout + done.stderr


def test_after_a_compromise_of_a_ca_openssl_rejects_its_certificates_and_accepts_the_new_ones(
    served: Installation,
) -> None:
    old = issue(served, CA, "old.example.com")
    root, chain = served.run("ca", "chain", ROOT), served.run("ca", "chain", CA)
    run(served, "ca-key-compromise.md", CA=CA, PARENT=ROOT, NEW_CA="Issuing CA 2")
    folder = served.folder
    assert old["serial_number"] in (folder / "affected.csv").read_text()
    (folder / "parent.pem").write_text(root + (folder / "parent.crl").read_text())
    revoked = openssl_says(folder, chain, root, chain, "-CRLfile", "parent.crl", "-crl_check")
    assert "certificate revoked" in revoked
    new = issue(served, "Issuing CA 2", "new.example.com")
    assert openssl_says(folder, new["pem"], root, served.run("ca", "chain", "Issuing CA 2")) == "leaf.pem: OK\n"
    assert [one["reason"] for one in served.json("key", "blocked")["items"]] == ["compromised"]


def test_after_a_compromise_of_the_root_the_new_root_alone_is_enough(served: Installation) -> None:
    issue(served, CA, "old.example.com")
    run(served, "root-key-compromise.md", ROOT=ROOT, CA=CA, NEW_ROOT="Root CA 2", NEW_CA="Issuing CA 2")
    assert states(served) == {ROOT: "retired", CA: "revoked", "Root CA 2": "active", "Issuing CA 2": "active"}
    new = issue(served, "Issuing CA 2", "new.example.com")
    chain = (served.folder / "new-chain.pem").read_text()
    assert openssl_says(served.folder, new["pem"], served.run("ca", "chain", "Root CA 2"), chain) == "leaf.pem: OK\n"


def test_a_lost_administrator_is_shut_out_by_the_next_one(installation: Installation) -> None:
    appoint, stop = _script(f"{RUNBOOKS}/loss-of-an-administrator.md").split("pkim user disable")
    with installation.serving() as server:
        accept(server, link_in(installation.run("user", "invite", "admin")))
        printed = execute(installation, appoint, NEXT="next-admin")
        accept(server, link_in(printed))
        execute(installation, "pkim user disable" + stop, LOST="admin")
        users = {one["login"]: one["state"] for one in installation.json("user", "list")["items"]}
        assert users == {"admin": "disabled", "next-admin": "active"}


@pytest.mark.parametrize("page", ["crl-or-ocsp-overdue.md", "disk-full.md"])
def test_the_checks_of_a_runbook_work_on_a_healthy_server(served: Installation, page: str) -> None:
    before = served.json("crl", "list", CA)["items"]
    printed = run(served, page, CA=CA)
    assert "failed" not in printed
    assert page == "disk-full.md" or len(served.json("crl", "list", CA)["items"]) > len(before)


def test_a_lost_keystore_comes_back_from_the_backup(installation: Installation) -> None:
    issue(installation, CA, "kept.example.com")
    secret, backup = installation.folder / "passphrase", installation.folder / "pki.age"
    secret.write_text("correct horse battery staple")
    secret.chmod(0o600)
    installation.run("backup", "create", "--out", str(backup), "--passphrase-file", str(secret))
    later = issue(installation, CA, "later.example.com")
    installation.run("audit", "checkpoint")
    for lost in ("keystore.db", "master.key"):
        (installation.home / lost).unlink()
    for refused in (("ca", "list"), ("init",)):
        assert "Restore it from a backup" in installation.run(*refused, expect=5)
    seen = installation.folder / "seen.log"
    seen.write_text(json.dumps(later))
    run(installation, "lost-keystore.md", BACKUP=str(backup), PASSPHRASE_FILE=str(secret), SEEN=str(seen))
    assert states(installation) == {ROOT: "active", CA: "active"}
    found = installation.json("cert", "list")["items"]
    assert {later["serial_number"]} <= {one["serial_number"] for one in found}
    assert issue(installation, CA, "new.example.com")["serial_number"]


def test_every_runbook_is_executed_by_a_test() -> None:
    source = "".join(path.read_text() for path in Path(__file__).parent.glob("test_*.py"))
    pages = {path.name for path in (Path(__file__).parents[2] / RUNBOOKS).glob("*.md")}
    assert {page for page in pages if page not in source} == set()
