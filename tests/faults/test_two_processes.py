"""Two processes on one installation, on each engine: one key makes one certificate, and a dead leader is replaced."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import pytest
from cryptography import x509

from tests.services.installation import Installation, Server, administrator_token
from tests.services.postgresql import PostgresServer
from tests.support.csrs import make_csr

TAKEN_OVER = 60.0
"""Seconds after which another process has done what the dead leader would have."""


@pytest.fixture(params=["sqlcipher", "postgresql"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server]:
    if request.param == "sqlcipher":
        with Installation(tmp_path).serving(PKIM_WORKERS="2") as server:
            yield server
        return
    postgresql: PostgresServer = request.getfixturevalue("postgresql")
    database = postgresql.create_database()
    with Installation(tmp_path, {"PKIM_DATABASE_URL": postgresql.url(database)}).serving(PKIM_WORKERS="2") as server:
        yield server
    postgresql.drop_database(database)


def order(name: str) -> dict[str, str]:
    return {"ca": "Issuing CA", "profile": "tls-server", "csr": make_csr(f"{name}.example.com")}


def children(pid: int) -> set[int]:
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    found = {int(child) for task in tasks for child in task.read_text().split()}
    return {child for child in found if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()}


def test_iss_09_one_key_at_two_processes_is_one_certificate_and_a_leader_that_dies_is_replaced(server: Server) -> None:
    token = administrator_token(server.installation)
    _require_one_for_twenty(server, token)
    with server.client(token) as client:
        for number, process in enumerate(sorted(children(server.pid))):
            certificate = _issued(client, f"before-{number}")
            os.kill(process, signal.SIGKILL)
            answer = _revoked(client, certificate)
            serial = x509.load_pem_x509_certificate(answer.json()["pem"].encode()).serial_number
            _until(lambda one=serial: one in _listed(client))
            _until(lambda: len(children(server.pid)) == 2)
    server.stop()
    assert server.installation.json("audit", "verify")["valid"] is True


def _require_one_for_twenty(server: Server, token: str) -> None:
    """Each on a connection of its own, so that both processes get some."""
    body = order("once")

    def ask(_number: int) -> httpx2.Response:
        with server.client(token) as client:
            return client.post("/certificates", json=body, headers={"Idempotency-Key": "one"})

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(ask, range(20)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    with server.client(token) as client:
        assert len(client.get("/certificates", params={"query": "once.example.com"}).json()["items"]) == 1


def _issued(client: httpx2.Client, name: str) -> str:
    answer = _patiently(lambda: client.post("/certificates", json=order(name)))
    assert answer.status_code == 201, answer.text
    identifier: str = answer.json()["id"]
    return identifier


def _revoked(client: httpx2.Client, certificate: str) -> httpx2.Response:
    answer = _patiently(lambda: client.post(f"/certificates/{certificate}/revoke", json={"reason": "superseded"}))
    assert answer.status_code == 200, answer.text
    return answer


def _patiently(ask: Callable[[], httpx2.Response]) -> httpx2.Response:
    """A connection of the dead process is closed; the next one reaches a living one."""
    deadline = time.monotonic() + TAKEN_OVER
    while True:
        try:
            return ask()
        except httpx2.HTTPError:
            assert time.monotonic() < deadline


def _listed(client: httpx2.Client) -> set[int]:
    answer = _patiently(lambda: client.get("/cas/Issuing CA/crls/current/export?format=der"))
    return {entry.serial_number for entry in x509.load_der_x509_crl(answer.content)}


def _until(look: Callable[[], bool]) -> None:
    deadline = time.monotonic() + TAKEN_OVER
    while not look():
        assert time.monotonic() < deadline
        time.sleep(0.1)
