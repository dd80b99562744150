"""The Python client, against a real server: issuance, approvals, lists, errors, and retries across a restart."""

from __future__ import annotations

import hashlib
import os
import re
import ssl
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx2
import pki_manager_client
import pytest
from pki_manager_client import Client, Retries, WaitingForApproval, codes
from tools.release.client import build_python_client

from tests.services.acme_site import served
from tests.services.installation import Installation, Server, administrator_token, free_port
from tests.support.csrs import make_csr

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "clients" / "python"
_PASSWORD = "a lighthouse for testers"
_SOON = Retries(attempts=6, pause=0.01, longest=0.1)


@pytest.fixture(scope="module")
def token(installation: Installation) -> str:
    return administrator_token(installation)


@pytest.fixture(scope="module")
def pki(server: Server, token: str) -> Iterator[Client]:
    with Client(server.management, token=token) as client:
        yield client


def new_body(name: str) -> pki_manager_client.models.CertificateBody:
    return {"ca": "Issuing CA", "profile": "tls-server", "csr": make_csr(name)}


def requester_token(installation: Installation, server: Server, login: str) -> str:
    """Return a token of a new user, who accepts an invitation."""
    person = ("--login", login, "--display-name", login, "--role", "requester")
    link = installation.json("user", "create", *person)["sign_in_url"]
    with httpx2.Client(base_url=f"{server.management}/api/v1", timeout=60) as browser:
        body = {"secret": link.partition("#")[2], "password": _PASSWORD}
        session = browser.post("/invitations/accept", json=body).raise_for_status().json()
        made = browser.post(
            "/tokens",
            json={"name": "client", "role": "requester", "expires": "P1D"},
            headers={"X-CSRF-Token": session["csrf_token"]},
        )
        token: str = made.raise_for_status().json()["token"]
        return token


def test_a_certificate_is_issued_renewed_and_revoked(pki: Client) -> None:
    made = pki.issue_certificate(new_body("client.example.com"))
    assert pki.get_certificate(made["id"])["sans"] == ["DNS:client.example.com"]
    assert pki.export_certificate(made["id"], format="fullchain").count(b"BEGIN CERTIFICATE") == 2
    renewed = pki.renew_certificate(made["id"], {})
    assert renewed["renews"] == made["id"]
    revoked = pki.revoke_certificate(made["id"], {"reason": "superseded"})
    assert revoked["state"] == "revoked"


def test_a_request_is_awaited_until_it_is_approved(installation: Installation, server: Server, pki: Client) -> None:
    token = requester_token(installation, server, "rita")
    with Client(server.management, token=token) as requester:
        waiting = requester.submit_request(
            {"ca": "Issuing CA", "profile": "tls-server", "csr": make_csr("waits.example.com")}
        )
        assert waiting["state"] == "awaiting_approval"
        with pytest.raises(TimeoutError, match="awaiting_approval"):
            requester.wait_for_certificate(waiting["id"], timeout=0.0, pause=0.01)
        pki.approve_request(waiting["id"], {"plan_sha256": pki.get_request(waiting["id"])["plan_sha256"]})
        issued = requester.wait_for_certificate(waiting["id"], pause=0.05)
        assert issued["sans"] == ["DNS:waits.example.com"]
        rejected = requester.submit_request(
            {"ca": "Issuing CA", "profile": "tls-server", "csr": make_csr("rejected.example.com")}
        )
        pki.reject_request(rejected["id"], {"reason": "a test"})
        with pytest.raises(pki_manager_client.RequestEnded, match="rejected") as ended:
            requester.wait_for_certificate(rejected["id"])
        assert ended.value.state == "rejected"


def test_a_list_of_several_pages_is_iterated_completely(pki: Client) -> None:
    names = {f"team {number}" for number in range(205)}
    for name in sorted(names):
        pki.create_team({"name": name})
    assert len(pki.list_teams(limit=200)["items"]) == 200
    assert {team["name"] for team in pki.iterate_teams()} >= names


def test_errors_are_exceptions_with_code_field_and_rule(server: Server, pki: Client) -> None:
    with pytest.raises(codes.InvalidInput) as invalid:
        pki.issue_certificate({"ca": "Issuing CA", "profile": "tls-server", "csr": "no CSR"})
    assert invalid.value.status in (400, 422)
    assert invalid.value.errors[0].field == "csr"
    assert invalid.value.errors[0].rule
    assert invalid.value.request_id
    with pytest.raises(codes.PolicyRefused, match="Refused by policy") as refused:
        pki.issue_certificate({**new_body("long.example.com"), "validity": "P20Y"})
    assert refused.value.errors[0].field == "validity"
    with pytest.raises(codes.NotFound, match="not found"):
        pki.get_ca("No such CA")
    with (
        Client(server.management, token="pkim_" + "A" * 43) as stranger,
        pytest.raises(codes.Unauthenticated, match="not valid"),
    ):
        stranger.get_me()


def test_every_error_code_of_the_server_is_an_exception() -> None:
    assert codes.BY_CODE["policy_refused"] is codes.PolicyRefused
    assert issubclass(codes.PolicyRefused, codes.Refused)
    assert all(kind.code == code for code, kind in codes.BY_CODE.items())


def test_the_server_is_trusted_by_the_fingerprint_of_its_root(
    installation: Installation, server: Server, token: str
) -> None:
    [root] = [ca for ca in installation.json("ca", "list")["items"] if ca["parent"] is None]
    pem = installation.json("ca", "show", root["id"])["keys"][0]["certificates"][0]["pem"]
    fingerprint = hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).hexdigest().upper()
    colons = ":".join(re.findall("..", fingerprint))
    pem = pki_manager_client.fetch_root(server.status, colons)
    with Client(server.tls, token=token, ca_pem=pem) as client:
        assert client.get_me()["kind"] == "token"
    with pytest.raises(pki_manager_client.TrustError, match="fingerprint"):
        pki_manager_client.fetch_root(server.status, "00" * 32)


def test_without_its_root_the_server_is_not_trusted(server: Server, token: str) -> None:
    with (
        Client(server.tls, token=token, retries=Retries(attempts=1)) as client,
        pytest.raises(pki_manager_client.ConnectionFailed, match="CERTIFICATE_VERIFY_FAILED"),
    ):
        client.get_me()


def test_a_retry_across_a_restart_of_the_server_issues_one_certificate(tmp_path: Path) -> None:
    """The first response is lost, because the server stops after it has issued the certificate."""
    installation = Installation(tmp_path)
    installation.run("init")
    token = administrator_token(installation)
    running = [Server(installation, {})]
    sent: list[str] = []

    class Front(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            sent.append(self.headers["Idempotency-Key"])
            headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
            headers["Idempotency-Key"] = sent[-1]
            answer = httpx2.post(running[-1].management + self.path, content=body, headers=headers, timeout=60)
            if len(sent) == 1:
                assert answer.status_code == 201
                running[-1].stop()
                running.append(Server(installation, {}))
                self.close_connection = True
                return
            self.send_response(answer.status_code)
            self.send_header("Content-Length", str(len(answer.content)))
            self.end_headers()
            self.wfile.write(answer.content)

        def log_message(self, *_: object) -> None:
            """Not on the test's standard error."""

    port = free_port()
    try:
        with (
            served(ThreadingHTTPServer(("127.0.0.1", port), Front)),
            Client(f"http://127.0.0.1:{port}", token=token, retries=_SOON) as client,
        ):
            made = client.issue_certificate(new_body("once.example.com"))
        assert len(sent) == 2
        assert sent[0] == sent[1]
        with Client(running[-1].management, token=token) as direct:
            found = [one["id"] for one in direct.iterate_certificates(query="once.example.com")]
        assert found == [made["id"]]
    finally:
        running[-1].stop()


def test_an_operation_that_waits_for_approval_is_an_exception(pki: Client) -> None:
    document = {"code": "approval_needed", "detail": "waits", "request": None, "approval": {"id": "01"}}
    assert WaitingForApproval(document).approval == "01"
    assert WaitingForApproval(document).request is None


def test_the_release_files_have_the_same_bytes_again_and_install(server: Server, token: str, tmp_path: Path) -> None:
    first, again = tmp_path / "first", tmp_path / "again"
    build_python_client(first)
    build_python_client(again)
    names = sorted(file.name for file in first.iterdir())
    stem = "pki_manager_client-0.1.0"
    endings = ("-py3-none-any.whl", ".cdx.json", ".licenses.txt", ".tar.gz")
    assert names == ["SHA256SUMS", *(stem + ending for ending in endings)]
    assert [(again / name).read_bytes() for name in names] == [(first / name).read_bytes() for name in names]
    assert "pkg:pypi/httpx2@" in (first / f"{stem}.cdx.json").read_text()
    installed = tmp_path / "installed"
    uv = Path(sys.executable).with_name("uv")
    wheel = first / f"{stem}-py3-none-any.whl"
    subprocess.run([uv, "pip", "install", "--quiet", "--no-deps", "--target", installed, wheel], check=True, timeout=60)
    program = "import pki_manager_client as p; print(p.__file__, p.Client.from_environment().get_me()['kind'])"
    (tmp_path / "token").write_text(token)
    environment = {"PYTHONPATH": str(installed), "PKIM_URL": server.management}
    environment["PKIM_TOKEN_FILE"] = str(tmp_path / "token")
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split() == [str(installed / "pki_manager_client" / "__init__.py"), "token"]


def test_the_examples_of_the_readme_run(server: Server, token: str, tmp_path: Path, pki: Client) -> None:
    (tmp_path / "token").write_text(token)
    (tmp_path / "csr.pem").write_text(make_csr("readme.example.com"))
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(PACKAGE / "src"),
        "PKIM_URL": server.management,
        "PKIM_TOKEN_FILE": str(tmp_path / "token"),
    }
    readme = (PACKAGE / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```$", readme, re.MULTILINE | re.DOTALL)
    assert len(blocks) == 4
    printed = []
    for number, block in enumerate(blocks):
        if "wait_for_certificate" in block:
            (tmp_path / "csr.pem").write_text(make_csr("readme-waits.example.com"))
        done = subprocess.run(
            [sys.executable, "-W", "error::SyntaxWarning", "-c", block],
            cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"example {number + 1}:\n{done.stderr}"
        printed.append(done.stdout)
    assert (tmp_path / "fullchain.pem").read_bytes().count(b"BEGIN CERTIFICATE") == 2
    assert "csr" in printed[3]
