"""The real server on real sockets: start, serve with one and several processes, stop."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import UUID

import httpx2
import pytest

from tests.judges import openssl
from tests.services.installation import Installation, Server, administrator_token
from tests.services.postgresql import PostgresServer
from tests.support.csrs import make_csr

STOP_SECONDS = 10


def issue(client: httpx2.Client, name: str) -> dict[str, str]:
    answer = client.post("/certificates", json={"ca": "Issuing CA", "profile": "tls-server", "csr": make_csr(name)})
    assert answer.status_code == 201, answer.text
    issued: dict[str, str] = answer.json()
    return issued


def sample(url: str, name: str, **labels: str) -> float:
    """One metric's value, over all series with these labels; -1 where there is none."""
    found = [
        float(line.rsplit(" ", 1)[1])
        for line in httpx2.get(f"{url}/metrics").text.splitlines()
        if line.startswith(f"{name}{{") and all(f'{key}="{value}"' in line for key, value in labels.items())
    ]
    return sum(found) if found else -1


def children(pid: int) -> set[int]:
    """Server processes that `pid` started, without Python's own helper."""
    found = set()
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(path.read_text().rpartition(")")[2].split()[1])
            command = (path.parent / "cmdline").read_bytes()
        except OSError:
            continue
        if parent == pid and b"spawn_main" in command:
            found.add(int(path.parent.name))
    return found


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def until(what: str, seconds: float, look: Callable[[], bool]) -> float:
    """How long it took until `look()` was true."""
    began = time.monotonic()
    while not look():
        assert time.monotonic() - began < seconds, f"not within {seconds} s: {what}"
        time.sleep(0.02)
    return time.monotonic() - began


class OcspFiles:
    """The files that OpenSSL asks with, and what it hears."""

    def __init__(self, client: httpx2.Client, folder: Path, certificate: dict[str, str]) -> None:
        chain = client.get("/cas/Issuing CA/chain").json()["chain_pem"]
        issuer, _, root = chain.partition("-----END CERTIFICATE-----\n")
        self._leaf, self._issuer, self._root = folder / "leaf.pem", folder / "issuer.pem", folder / "root.pem"
        self._leaf.write_text(certificate["pem"])
        self._issuer.write_text(issuer + "-----END CERTIFICATE-----\n")
        self._root.write_text(root)

    def status(self, url: str) -> str:
        return openssl.ocsp(self._leaf, self._issuer, self._root, f"{url}/ocsp", nonce=False).status


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server in one process, started on an empty home."""
    installation = Installation(tmp_path_factory.mktemp("one"))
    with installation.serving() as server:
        yield server


@pytest.fixture(scope="module")
def one_client(one: Server) -> Iterator[httpx2.Client]:
    with one.client(administrator_token(one.installation)) as client:
        yield client


def test_the_ready_file_names_listeners_that_answer(one: Server) -> None:
    told = json.loads((one.installation.folder / "ready.json").read_text())
    assert set(told) == {"management", "tls", "status", "pid"}
    assert told["pid"] == one.process.pid
    assert httpx2.get(f"{told['management']}/healthz").text == "ok\n"
    assert httpx2.get(f"{told['status']}/healthz").text == "ok\n"
    ready = httpx2.get(f"{told['management']}/readyz")
    assert ready.status_code == 200
    assert {part["state"] for part in ready.json()["parts"].values()} == {"ok"}


def test_the_tls_listener_serves_the_same_application_under_our_root(one: Server, one_client: httpx2.Client) -> None:
    chain = one_client.get("/cas/Issuing CA/chain").json()["chain_pem"]
    root = one.installation.folder / "root.pem"
    root.write_text(chain.partition("-----END CERTIFICATE-----\n")[2])
    fetched = subprocess.run(
        ["curl", "-sS", "--cacert", root, f"{one.tls}/api/v1/me"], capture_output=True, text=True, check=True
    )
    assert json.loads(fetched.stdout)["code"] == "unauthenticated"


def test_the_first_start_checks_itself_with_openssl_and_says_so(one: Server) -> None:
    until("self-check's verdict", 60, lambda: "Self-check" in one.installation.log())
    assert "Self-check passed" in one.installation.log()


def test_rev_04_a_delivered_certificate_is_good_within_a_second(
    one: Server, one_client: httpx2.Client, tmp_path: Path
) -> None:
    files = OcspFiles(one_client, tmp_path, issue(one_client, "prompt.example.com"))
    assert until("good", 2, lambda: files.status(one.status) == "good") < 1


def test_the_log_is_json_and_has_no_token(one: Server) -> None:
    token = administrator_token(one.installation)
    with one.client(token) as client:
        request = client.get("/me").headers["x-request-id"]
    until("access line", 5, lambda: request in one.installation.log())
    lines = [line for line in one.installation.log().splitlines() if line.startswith("{")]
    told = [json.loads(line) for line in lines]
    assert any(line.get("request_id") == request and line.get("path") == "/api/v1/me" for line in told)
    assert token not in one.installation.log()


def test_enr_09_forwarded_headers_are_ignored_unless_proxies_are_trusted(
    one: Server, one_client: httpx2.Client
) -> None:
    headers = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https"}
    body = {"name": "forwarded", "role": "requester", "expires": "P1D"}
    assert one_client.post("/tokens", json=body, headers=headers).status_code == 201
    [event] = one_client.get("/audit", params={"action": "token.created", "limit": "1"}).json()["items"]
    assert event["peer"] == "127.0.0.1"


def test_ops_06_a_taken_port_ends_the_start_and_leaves_no_home(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        installation = Installation(tmp_path, {"PKIM_STATUS_BIND": f"127.0.0.1:{port}"})
        said = installation.run("serve", expect=2)
    assert f"127.0.0.1:{port}" in said
    assert not installation.home.exists()


def test_sigterm_ends_within_ten_seconds_and_a_second_start_finds_everything(tmp_path: Path) -> None:
    installation = Installation(tmp_path)
    with installation.serving() as server, server.client(administrator_token(installation)) as client:
        issued = issue(client, "before.example.com")
        roots = client.get("/cas").json()["items"]
        began = time.monotonic()
        assert server.stop() == 0
        assert time.monotonic() - began < STOP_SECONDS
    checkpoints = list((installation.home / "checkpoints").glob("*.jsonl"))
    assert checkpoints
    with installation.serving() as server, server.client(administrator_token(installation)) as client:
        assert client.get(f"/certificates/{issued['id']}").json()["serial_number"] == issued["serial_number"]
        assert [ca["id"] for ca in client.get("/cas").json()["items"]] == [ca["id"] for ca in roots]


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server in two processes."""
    installation = Installation(tmp_path_factory.mktemp("two"))
    with installation.serving(PKIM_WORKERS="2") as server:
        yield server


@pytest.fixture
def two_on_postgresql(postgresql: PostgresServer, tmp_path: Path) -> Iterator[Server]:
    installation = Installation(tmp_path, {"PKIM_DATABASE_URL": postgresql.url(postgresql.create_database())})
    with installation.serving(PKIM_WORKERS="2") as server:
        yield server


@pytest.mark.parametrize("fixture", ["two", "two_on_postgresql"])
def test_rev_01_a_revocation_is_seen_by_every_process_within_a_second(
    request: pytest.FixtureRequest, tmp_path: Path, fixture: str
) -> None:
    two: Server = request.getfixturevalue(fixture)
    with two.client(administrator_token(two.installation)) as client:
        issued = issue(client, "revoked.example.com")
        files = OcspFiles(client, tmp_path, issued)
        until("good", 5, lambda: files.status(two.status) == "good")
        answer = client.post(f"/certificates/{issued['id']}/revoke", json={"reason": "keyCompromise"})
        assert answer.status_code == 200
        began = time.monotonic()
        until("revoked", 2, lambda: files.status(two.status) == "revoked")
        time.sleep(max(0.0, began + 1 - time.monotonic()))
        # Each question is a connection of its own, so that both processes are asked.
        assert {files.status(two.status) for _ in range(12)} == {"revoked"}


def both_were_met(two: Server, seen: dict[str, float]) -> bool:
    """Whether each process has answered; `seen` gets what each says of its leading."""

    def scrape(slot: str) -> tuple[str, float]:
        return slot, sample(two.management, "pkim_worker_leading", process=slot)

    # Several at once: asked one at a time, the process that has just answered may win every connection.
    with ThreadPoolExecutor(8) as pool:
        met = pool.map(scrape, ("worker-1", "worker-2") * 8)
        seen.update({slot: leading for slot, leading in met if leading >= 0})
    return len(seen) == 2


def test_of_several_processes_one_leads(two: Server) -> None:
    """Whoever leads may just have been killed by another test: then it takes a moment."""
    seen: dict[str, float] = {}
    until("one of both leads", 30, lambda: both_were_met(two, seen) and sum(seen.values()) == 1)


def test_a_killed_process_is_started_again_and_another_leads_meanwhile(two: Server) -> None:
    before = children(two.pid)
    assert len(before) == 2
    os.kill(min(before), signal.SIGKILL)
    until("a new process", 30, lambda: len(children(two.pid) - before) == 1)
    born = children(two.pid) - before
    seen: dict[str, float] = {}
    until("it served", 30, lambda: both_were_met(two, seen))
    time.sleep(1)
    assert children(two.pid) - before == born, "it lives on"
    with two.client(administrator_token(two.installation)) as client:
        for number in range(6):
            UUID(issue(client, f"after-{number}.example.com")["id"])


def test_processes_end_with_their_parent(tmp_path: Path) -> None:
    installation = Installation(tmp_path)
    with installation.serving(PKIM_WORKERS="2") as server:
        family = children(server.pid)
        os.kill(server.pid, signal.SIGKILL)
        until("an end of all", STOP_SECONDS, lambda: not any(is_alive(pid) for pid in family))


def test_sigterm_ends_several_processes_within_ten_seconds(tmp_path: Path) -> None:
    installation = Installation(tmp_path)
    with installation.serving(PKIM_WORKERS="2") as server:
        family = children(server.pid)
        began = time.monotonic()
        assert server.stop() == 0
        assert time.monotonic() - began < STOP_SECONDS
        assert not any(is_alive(pid) for pid in family)
