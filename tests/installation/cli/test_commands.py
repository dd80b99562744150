"""Commands on a real installation, in process and over HTTP: same verbs, same output."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from contextlib import closing
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from pki_manager.authority.kernel import token_cache
from pki_manager.bootstrap import in_force
from pki_manager.cli import transport
from pki_manager.settings import load
from tests.installation.cli.program import Pkim, issue, serving
from tests.support.csrs import make_csr


def test_a_ca_is_made_shown_and_its_crl_published(pkim: Pkim) -> None:
    name = f"Sub {pkim.extra[0]}"
    made = pkim.json(
        "ca", "create", "--name", name, "--subject", f"CN={name}", "--parent", "Root CA", "--path-length", "0",
        "--permit", "DNS:example.com", "--exclude", "IP:10.0.0.0/8", "--validity", "P2Y", "--key-type", "ECDSA-P256",
    )  # fmt: skip
    assert made["name_constraints"] == {"permitted": ["DNS:example.com"], "excluded": ["IP:10.0.0.0/8"]}
    assert pkim.json("ca", "show", name) == made
    assert made["id"] in {one["id"] for one in pkim.json("ca", "list")["items"]}
    crl = pkim.json("crl", "publish", name)
    assert pkim.json("crl", "show", name) == crl
    assert pkim.json("crl", "show", name, "--id", crl["id"]) == crl
    assert crl in pkim.json("crl", "list", name)["items"]
    assert pkim.run("crl", "export", name).stdout == crl["pem"]
    chain = pkim.run("ca", "chain", name).stdout
    assert pkim.json("ca", "chain", name) == {"chain_pem": chain, "alternatives": []}
    assert pkim.failure("ca", "create", "--name", name, "--subject", f"CN={name}", expect=6)["code"] == "name_taken"


def test_a_ca_is_rotated_and_its_keys_are_shown(pkim: Pkim) -> None:
    name = f"Rotated {pkim.extra[0]}"
    pkim.json("ca", "create", "--name", name, "--subject", f"CN={name}", "--parent", "Root CA")
    view = pkim.json("ca", "rotate", name, "--key-type", "ECDSA-P384")
    assert [(key["number"], key["state"], key["key_type"]) for key in view["keys"]] == [
        (2, "current", "ECDSA-P384"),
        (1, "draining", "ECDSA-P256"),
    ]
    old, new = pkim.json("key", "list", "--ca", name)["items"]
    assert (old["id"], new["id"]) == (view["keys"][1]["id"], view["keys"][0]["id"])
    assert new["rotation_due"] < new["not_after"]
    shown = pkim.json("key", "show", old["id"])
    assert (shown["use"]["certificates"], shown["dependants"]) == (0, [])
    assert pkim.failure("key", "destroy", new["id"], expect=6)["code"] == "conflict"
    assert pkim.json("cert", "list", "--key", old["id"])["items"] == []
    assert pkim.failure("ca", "cancel-rotation", name, expect=6)["code"] == "conflict"


def test_the_tree_has_every_ca_under_its_parent(pkim: Pkim) -> None:
    rows = pkim.json("ca", "tree")["items"]
    names = [row["name"] for row in rows]
    below = rows[names.index("Root CA") + 1 :]
    assert rows[names.index("Root CA")]["depth"] == 0
    assert {"Issuing CA"} <= {row["name"] for row in below if row["depth"] == 1}
    assert len(rows) == len(pkim.json("ca", "list")["items"])
    assert "  Issuing CA" in pkim.run("ca", "tree").stdout


def test_a_ca_under_an_external_parent_asks_and_is_answered(pkim: Pkim, tmp_path: Path) -> None:
    name = f"External {pkim.extra[0]}"
    made = pkim.json("ca", "create", "--name", name, "--subject", f"CN={name}", "--external-parent")
    assert made["state"] == "pending"
    request = pkim.run("ca", "csr", name).stdout
    assert request.startswith("-----BEGIN CERTIFICATE REQUEST-----")
    (tmp_path / "answer.pem").write_text(request)
    assert pkim.failure("ca", "install", name, "--in", str(tmp_path / "answer.pem"), expect=2)["code"] == "malformed"


def test_revoking_twice_is_a_conflict(pkim: Pkim, csr: Path) -> None:
    made = issue(pkim, csr)
    revoked = pkim.json("cert", "revoke", made["id"], "--reason", "keyCompromise")
    assert revoked["revocation"]["reason"] == "keyCompromise"
    assert pkim.failure("cert", "revoke", made["id"], expect=6)["code"] == "conflict"


def test_reads_are_the_same_in_process_and_over_http(local: Pkim, remote: Pkim, csr: Path) -> None:
    made = issue(local, csr)
    for arguments in (
        ("cert", "show", made["id"]),
        ("cert", "list"),
        ("ca", "list"),
        ("ca", "show", "Issuing CA"),
        ("profile", "list"),
        ("profile", "show", "tls-server", "--version", "1"),
        ("job", "list", "--state", "queued"),
    ):
        output = "csv" if arguments[-1] == "list" else "json"
        here, there = (one.run(*arguments, "--output", output).stdout for one in (local, remote))
        assert here == there != "", arguments
    # Each process has its own experience with a backend; what it is does not differ.
    lasting = ("name", "kind", "state", "key_types")
    told = [one.json("backend", "list")["items"] for one in (local, remote)]
    here, there = ([{name: backend[name] for name in lasting} for backend in backends] for backends in told)
    assert here == there != []


def test_status_without_a_server_says_so_and_fails(local: Pkim, home: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as unused:
        port = unused.getsockname()[1]
    in_force.record(load(home, {}).with_port("management", port))
    try:
        table = local.run("status", expect=7)
        shown = json.loads(local.run("status", "--output", "json", expect=7).stdout)
    finally:
        (home / in_force.FILE).unlink()
    assert f"No server responds at http://localhost:{port}" in table.stderr
    assert "database" in table.stdout
    assert (shown["ready"], shown["server"]["running"]) == (True, False)


def test_status_names_a_ca_that_ends_soon(local: Pkim, home: Path) -> None:
    name = "Short-lived CA"
    local.run("ca", "create", "--name", name, "--subject", f"CN={name}", "--parent", "Root CA", "--validity", "P30D")
    with closing(socket.create_server(("127.0.0.1", 0))) as unused:
        port = unused.getsockname()[1]
    in_force.record(load(home, {}).with_port("management", port))
    try:
        table = local.run("status", expect=7)
        shown = json.loads(local.run("status", "--output", "json", expect=7).stdout)
    finally:
        (home / in_force.FILE).unlink()
    (end,) = [one for one in shown["near_ends"] if one["ca"] == name]
    assert end["kind"] == "ca"
    assert f"The certificate of CA {name!r} ends at {end['ends_at']}." in table.stderr


def test_status_finds_the_server_by_the_settings_that_it_recorded(local: Pkim, remote: Pkim, home: Path) -> None:
    application = Starlette(routes=[Route("/healthz", lambda _request: PlainTextResponse("ok"))])
    with serving(application) as url:
        in_force.record(load(home, {}).with_port("management", int(url.rpartition(":")[2])))
        try:
            here, there = local.json("status"), remote.json("status")
        finally:
            (home / in_force.FILE).unlink()
    assert here["server"]["running"]
    assert there["server"]["running"]
    assert {**here, "server": None} == {**there, "server": None}


def test_errors_are_the_same_in_process_and_over_http(local: Pkim, remote: Pkim, csr: Path) -> None:
    refused = ("cert", "issue", "--ca", "Issuing CA", "--profile", "tls-server", "--csr", str(csr), "--san", "DNS:bad_")
    for arguments, exit_code in (
        (("ca", "show", "nobody"), 4),
        (("cert", "show", "nonsense"), 4),
        (("cert", "list", "--status", "lost"), 2),
        (refused, 3),
    ):
        here, there = (one.run(*arguments, expect=exit_code).stderr for one in (local, remote))
        assert here == there
        assert here.startswith("pkim: ")


def test_an_error_names_each_field_and_rule(local: Pkim) -> None:
    told = local.run("cert", "list", "--status", "lost", "--limit", "1", expect=2)
    assert told.stdout == ""
    assert told.stderr.splitlines()[1].startswith("  state: ")


def test_in_json_mode_the_problem_document_is_on_stderr(remote: Pkim) -> None:
    problem = remote.failure("ca", "show", "nobody", expect=4)
    assert (problem["code"], problem["status"]) == ("not_found", 404)


def test_a_list_goes_through_all_pages_unless_told_how_many(local: Pkim, csr: Path) -> None:
    for _ in range(3):
        issue(local, csr)
    everything = local.json("cert", "list")
    first = local.json("cert", "list", "--limit", "2")
    rest = local.json("cert", "list", "--cursor", first["next_cursor"])
    assert [*first["items"], *rest["items"]] == everything["items"]
    assert (len(first["items"]), everything["next_cursor"]) == (2, None)


def test_a_job_is_cancelled_and_retried(pkim: Pkim, csr: Path) -> None:
    issue(pkim, csr)
    job = pkim.json("job", "list", "--state", "queued", "--limit", "1")["items"][0]
    assert pkim.json("job", "cancel", job["id"])["state"] == "cancelled"
    assert pkim.json("job", "retry", job["id"])["state"] == "queued"
    assert pkim.json("job", "show", job["id"])["id"] == job["id"]


def test_who_acts_locally_is_the_owner_and_remotely_the_token(local: Pkim, remote: Pkim, csr: Path) -> None:
    here, there = issue(local, csr)["requested_by"], issue(remote, csr)["requested_by"]
    assert here.startswith("local:")
    assert there.startswith("token:")


def test_a_token_of_less_rights_is_told_so(local: Pkim, server_url: str, tmp_path: Path) -> None:
    made = local.json("token", "create", "--name", "few", "--role", "requester", "--expires", "PT1H")
    path = tmp_path / "token"
    path.write_text(made["token"])
    few = Pkim(("--url", server_url, "--token-file", str(path)))
    assert few.failure("audit", "list", expect=5)["code"] == "forbidden"
    assert local.json("token", "revoke", made["id"])["revoked_at"] is not None
    time.sleep(token_cache.SECONDS)  # what another process does is heard of in that time
    assert few.failure("ca", "list", expect=5)["code"] == "unauthenticated"


def test_a_key_for_acme_is_made_and_its_accounts_are_listed(pkim: Pkim) -> None:
    made = pkim.json("acme", "eab", "create", "--name", "web servers", "--expires", "P1Y", "--profile", "tls-server")
    assert len(made["hmac_key"]) == 43
    assert made["profiles"] == ["tls-server"]
    assert made["id"] in {one["id"] for one in pkim.json("token", "list")["items"]}
    assert pkim.json("acme", "account", "list")["items"] == []
    for verb in ("show", "revoke"):
        assert pkim.failure("acme", "account", verb, made["id"], expect=4)["code"] == "not_found"


def test_key_07_a_key_is_blocked_told_and_unblocked(pkim: Pkim, tmp_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    digest = sha256(key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()
    path = tmp_path / "own.csr"
    path.write_text(make_csr("www.example.com", key=key))
    made = issue(pkim, path)
    blocked = pkim.json("key", "block", digest, "--comment", "found in a repository")
    assert (blocked["reason"], blocked["certificates"]) == ("operator", [made["id"]])
    assert digest in {one["spki_sha256"] for one in pkim.json("key", "blocked")["items"]}
    assert pkim.json("key", "blocked", digest)["certificates"] == [made["id"]]
    order = ("cert", "issue", "--ca", "Issuing CA", "--profile", "tls-server", "--csr", str(path))
    assert [error["rule"] for error in pkim.failure(*order, expect=3)["errors"]] == ["key.blocked"]
    assert pkim.failure("key", "block", digest, expect=6)["code"] == "conflict"
    assert pkim.json("key", "unblock", digest)["unblocked_at"] is not None
    assert pkim.failure("key", "blocked", digest, expect=4)["code"] == "not_found"
    assert pkim.failure("key", "block", "abc", expect=2)["errors"][0]["field"] == "spki_sha256"


def test_the_trail_is_verified_listed_and_signed(local: Pkim) -> None:
    assert local.json("audit", "verify")["valid"] is True
    assert local.json("audit", "list", "--action", "ca.created")["items"]
    local.json("audit", "checkpoint")
    assert local.json("audit", "checkpoint") == {"written": False}


def test_a_server_that_is_not_there_is_exit_7() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    assert Pkim(("--url", url)).failure("ca", "list", expect=7)["code"] == "unavailable"


@pytest.mark.parametrize(
    "extra",
    [("--url", "ftp://x"), ("--url", "nonsense"), ("--url", "http://127.0.0.1:1", "--token-file", "/nonexistent")],
)
def test_a_wrong_connection_is_exit_2(extra: tuple[str, ...]) -> None:
    Pkim(extra).run("ca", "list", expect=2)


def test_what_only_the_machine_can_do_is_not_done_for_a_url(server_url: str) -> None:
    for arguments in (("audit", "checkpoint"), ("config", "show"), ("db", "check"), ("init",)):
        Pkim(("--url", server_url)).run(*arguments, expect=2)


def test_a_home_of_somebody_else_is_refused_untouched(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = sorted((path, path.stat().st_mtime_ns) for path in home.rglob("*"))
    monkeypatch.setattr(os, "geteuid", lambda: home.stat().st_uid + 1)
    pkim = Pkim(("--home", str(home)))
    for arguments in (("ca", "list"), ("init",), ("config", "show"), ("audit", "checkpoint"), ("db", "upgrade")):
        assert pkim.failure(*arguments, expect=5)["code"] == "forbidden"
    assert sorted((path, path.stat().st_mtime_ns) for path in home.rglob("*")) == before


def test_no_installation_is_exit_4(tmp_path: Path) -> None:
    assert "pkim init" in Pkim(("--home", str(tmp_path / "none"))).run("ca", "list", expect=4).stderr
    assert not (tmp_path / "none").exists()


def test_init_tells_scripts_what_it_made_and_does_nothing_twice(home: Path) -> None:
    pkim = Pkim(("--home", str(home)))
    found = pkim.json("init")
    root = pkim.json("ca", "show", "Root CA")
    assert (found["root"]["id"], found["root"]["name"], found["is_new"]) == (root["id"], "Root CA", False)
    assert set(found["root"]) == {"id", "name", "fingerprint_sha256"}
    assert set(found) >= {"root", "issuing", "sign_in_url"}


def test_init_without_a_hierarchy_leaves_the_cas_out(tmp_path: Path) -> None:
    pkim = Pkim(("--home", str(tmp_path / "home")))
    found = pkim.json("init", "--no-hierarchy")
    assert (found["root"], found["issuing"], found["is_new"]) == (None, None, True)
    assert pkim.json("ca", "list")["items"] == []


def test_settings_are_shown_explained_and_checked(home: Path, tmp_path: Path) -> None:
    pkim = Pkim(("--home", str(home)))
    assert pkim.json("config", "show")["status_bind"] == "127.0.0.1:8081"
    rows = {row["name"]: row for row in pkim.json("config", "explain")["items"]}
    assert rows["workers"]["source"] == "default"
    checked = pkim.json("config", "check")
    assert checked["valid"]
    assert ["local trial" in warning for warning in checked["warnings"]] == [True]
    (tmp_path / "pki-manager.toml").write_text("workers = 0\nstatus_bind = 5\n")
    problem = Pkim(("--home", str(tmp_path))).failure("config", "check", expect=2)
    assert {error["field"] for error in problem["errors"]} == {"workers", "status_bind"}


def test_the_database_is_current(home: Path) -> None:
    assert Pkim(("--home", str(home))).json("db", "check")["current"] is True
    upgraded = Pkim(("--home", str(home))).json("db", "upgrade")
    assert upgraded["before"] == upgraded["after"]


def test_a_fault_shows_no_traceback(local: Pkim, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("hunter2")

    monkeypatch.setattr(transport, "open_local", broken)
    failed = local.run("ca", "list", expect=1)
    assert "hunter2" not in failed.stdout + failed.stderr
    assert "Traceback" not in failed.stderr


def test_a_reader_that_has_enough_is_no_fault(home: Path) -> None:
    command = f"{Path(sys.executable).parent / 'pkim'} cert list --output json --home {home} | true"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert done.stderr == ""


def test_wrong_usage_is_exit_2() -> None:
    Pkim(()).run("ca", "nonsense", expect=2)
    Pkim(()).run("nonsense", expect=2)
    Pkim(()).run("ca", "show", expect=2)


def test_the_version_imports_nothing_heavy() -> None:
    """What makes it quick, measured by what a busy machine does not change."""
    code = """
import sys
from pki_manager.cli.main import build
build(["version"])(["version"], standalone_mode=False)
print(*sorted({"fastapi", "sqlalchemy", "cryptography", "httpx2", "pki_manager.authority"} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[1:] == [""]
