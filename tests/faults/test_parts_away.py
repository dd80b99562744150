"""A part is away, and comes back: answers are bounded and say so, nothing acknowledged is lost, all heals by itself."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from tests.csrs import make_csr
from tests.judges.services import require
from tests.services.installation import Installation, Server, administrator_token
from tests.services.postgresql import binaries, postgresql_server

BOUND = 45.0
"""Seconds after which an answer must have come; fifteen of patience, twice where one waited behind another."""

HEALED = 90.0
"""Seconds within which everything works again."""


class Client:
    """Asks a server for certificates; `acknowledged` are those that were delivered."""

    def __init__(self, server: Server, token: str) -> None:
        self._status = server.status
        self._http = httpx2.Client(
            base_url=f"{server.management}/api/v1", headers={"Authorization": f"Bearer {token}"}, timeout=BOUND
        )
        self.acknowledged: dict[str, str] = {}
        self._number = 0
        self._crl = ""

    def close(self) -> None:
        self._http.close()

    def get(self, path: str) -> httpx2.Response:
        return self._http.get(path)

    def ask(self) -> httpx2.Response:
        self._number += 1
        csr = make_csr(f"n{self._number}.example.com")
        answer = self._http.post("/certificates", json={"ca": "Issuing CA", "profile": "tls-server", "csr": csr})
        if answer.status_code == 201:
            self.acknowledged[answer.json()["id"]] = answer.json()["pem"]
        return answer

    def has_status(self) -> bool:
        """Whether the status listener has the CRL of the issuing CA, which it is asked for by its own address."""
        if not self._crl:
            self._crl = f"{self._status}/crl/{self.get('/cas/Issuing CA').json()['id']}.crl"
        return httpx2.get(self._crl, timeout=BOUND).status_code == 200

    def require_healed(self) -> None:
        deadline = time.monotonic() + HEALED
        while (answer := self.ask()).status_code != 201:
            assert time.monotonic() < deadline, answer.text
            time.sleep(0.2)
        for identifier, pem in self.acknowledged.items():
            assert self.get(f"/certificates/{identifier}").json()["pem"] == pem


def require_away(answer: httpx2.Response, code: str) -> None:
    assert answer.status_code == 503, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == code
    assert int(answer.headers["retry-after"]) > 0


@contextmanager
def served(installation: Installation) -> Iterator[tuple[Server, Client]]:
    installation.run("init")
    token = administrator_token(installation)
    with installation.serving() as server:
        client = Client(server, token)
        try:
            for _ in range(3):
                assert client.ask().status_code == 201
            _until(client.has_status)
            yield server, client
        finally:
            client.close()


def require_trail(installation: Installation) -> None:
    report = installation.json("audit", "verify")
    assert report["valid"] is True, report


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own with 48 MiB, for which one must be root."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    folder = tmp_path / "disk"
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=48m", "none", folder], check=False).returncode != 0:
        pytest.skip("this machine does not let us mount a small disk")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def fill(folder: Path) -> Path:
    """Take every octet that is left."""
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as file:
        piece = b"x" * 65536
        while piece:
            try:
                file.write(piece)
            except OSError:
                piece = piece[: len(piece) // 2]
    return ballast


def test_a_full_disk_refuses_and_loses_nothing(small_disk: Path) -> None:
    installation = Installation(small_disk)
    with served(installation) as (server, client):
        ballast = fill(small_disk)
        refused = None
        for _ in range(200):  # what is left of pages already allocated may still hold some
            answer = client.ask()
            if answer.status_code != 201:
                refused = answer
                break
        assert refused is not None
        require_away(refused, "storage_unavailable")
        known = next(iter(client.acknowledged))
        assert client.get(f"/certificates/{known}").status_code == 200
        assert httpx2.get(f"{server.status}/healthz").status_code == 200
        ballast.unlink()
        client.require_healed()
    require_trail(installation)


def test_a_database_held_by_another_is_waited_for_and_then_said_to_be_away(tmp_path: Path) -> None:
    """Several at once: none waits for the sum of all."""
    installation = Installation(tmp_path)
    with served(installation) as (_, client):
        with (installation.home / "pki.db.queue").open("rb") as queue:
            fcntl.flock(queue, fcntl.LOCK_EX)
            with ThreadPoolExecutor(6) as pool:
                answers = list(pool.map(lambda _: client.ask(), range(6)))
        for answer in answers:
            require_away(answer, "storage_unavailable")
        client.require_healed()
    require_trail(installation)


def require_faketime() -> Path:
    require("faketime")
    return next(Path("/usr/lib").rglob("libfaketimeMT.so.1"))


def test_a_clock_set_back_an_hour_stops_signing_until_it_is_right_again(tmp_path: Path) -> None:
    offset = tmp_path / "offset"
    offset.write_text("+0\n")
    clock = {
        "LD_PRELOAD": str(require_faketime()),
        "FAKETIME_TIMESTAMP_FILE": str(offset),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }
    installation = Installation(tmp_path)
    installation.environment |= clock
    with served(installation) as (_, client):
        offset.write_text("-3600\n")
        for _ in range(3):
            require_away(client.ask(), "clock_behind")
        assert client.get("/cas").status_code == 200
        offset.write_text("+0\n")
        client.require_healed()
    require_trail(installation)


def test_a_postgresql_server_that_is_stopped_and_started_again(tmp_path: Path) -> None:
    if binaries() is None:
        pytest.skip("PostgreSQL is not installed")
    with postgresql_server() as postgresql:
        installation = Installation(tmp_path, {"PKIM_DATABASE_URL": postgresql.url(postgresql.create_database())})
        with served(installation) as (server, client):
            postgresql.stop()
            for _ in range(3):
                require_away(client.ask(), "storage_unavailable")
            require_away(client.get("/cas"), "storage_unavailable")
            assert httpx2.get(f"{server.management}/healthz").status_code == 200
            assert httpx2.get(f"{server.management}/readyz").status_code == 503
            assert client.has_status(), "which needs no database"
            with postgresql.running_again():
                client.require_healed()
                ready = httpx2.get(f"{server.management}/readyz").json()
                assert ready["parts"]["database"]["state"] == "ok"
                server.stop()
                require_trail(installation)


def test_a_lost_published_store_is_made_again(tmp_path: Path) -> None:
    installation = Installation(tmp_path)
    with served(installation) as (_, client):
        known = client.acknowledged
    shutil.rmtree(installation.home / "published")
    with installation.serving() as server:
        again = Client(server, administrator_token(installation))
        _until(again.has_status)
        again.acknowledged = known
        again.require_healed()
        again.close()


def test_a_keystore_that_cannot_be_read_stops_the_start_with_its_reason(tmp_path: Path) -> None:
    installation = Installation(tmp_path)
    installation.run("init")
    keystore = installation.home / "keystore.db"
    kept = keystore.read_bytes()
    keystore.write_bytes(b"not a keystore" * 100)
    said = installation.run("serve", expect=5)
    assert "keystore.db" in said
    assert keystore.read_bytes() == b"not a keystore" * 100, "nothing was touched"
    keystore.write_bytes(kept)
    with installation.serving() as server:
        client = Client(server, administrator_token(installation))
        client.require_healed()
        client.close()


def _until(look: Callable[[], bool]) -> None:
    deadline = time.monotonic() + HEALED
    while not look():
        assert time.monotonic() < deadline
        time.sleep(0.1)
