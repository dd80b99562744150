"""kill -9 under load: what was acknowledged is there afterwards, nothing is there twice, and the trail verifies."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
import pytest

from tests.services.installation import Installation, Server, administrator_token, free_port
from tests.services.postgresql import PostgresServer
from tests.support.csrs import make_csr

CLIENTS = 8


@pytest.fixture(params=["sqlcipher", "postgresql"])
def installation(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Installation]:
    """On fixed ports, so that clients find the server again."""
    settings = {f"PKIM_{name}_BIND": f"127.0.0.1:{free_port()}" for name in ("MANAGEMENT", "TLS")}
    if request.param == "sqlcipher":
        yield Installation(tmp_path, settings)
        return
    server: PostgresServer = request.getfixturevalue("postgresql")
    database = server.create_database()
    yield Installation(tmp_path, {**settings, "PKIM_DATABASE_URL": server.url(database)})
    server.drop_database(database)


@dataclass
class Load:
    """Clients that ask for certificates until they are told to stop, through every outage."""

    url: str
    token: str
    acknowledged: list[dict[str, str]] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    _stop: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def start(self) -> None:
        self._threads = [threading.Thread(target=self._ask, args=(number,)) for number in range(CLIENTS)]
        for thread in self._threads:
            thread.start()

    def await_more(self, count: int, seconds: float) -> None:
        goal, deadline = len(self.acknowledged) + count, time.monotonic() + seconds
        while len(self.acknowledged) < goal:
            assert time.monotonic() < deadline, f"{len(self.acknowledged)} of {goal}: {self.wrong[:3]}"
            time.sleep(0.01)

    def stop(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(60)

    def _ask(self, client_number: int) -> None:
        number = 0
        headers = {"Authorization": f"Bearer {self.token}"}
        with httpx2.Client(base_url=f"{self.url}/api/v1", headers=headers, timeout=20) as client:
            while not self._stop.is_set():
                number += 1
                csr = make_csr(f"c{client_number}-{number}.example.com")
                try:
                    answer = client.post(
                        "/certificates", json={"ca": "Issuing CA", "profile": "tls-server", "csr": csr}
                    )
                except httpx2.HTTPError:
                    time.sleep(0.05)
                    continue
                if answer.status_code == 201:
                    self.acknowledged.append(answer.json())
                elif answer.status_code != 503:
                    self.wrong.append(answer.text)


def survive(installation: Installation, *, kills: int, between: int, at_least: int, **settings: str) -> None:
    """Load, `kills` times kill -9 after `between` more certificates, and then the reckoning."""
    server = Server(installation, settings)
    load = Load(server.management, administrator_token(installation))
    load.start()
    try:
        for _ in range(kills):
            load.await_more(between, 180)
            server.kill()
            server = Server(installation, settings)
        load.await_more(max(between, at_least - len(load.acknowledged)), 300)
    finally:
        load.stop()
        server.stop()
    assert load.wrong == []
    assert len(load.acknowledged) >= at_least
    reckon(installation, load.acknowledged)


def reckon(installation: Installation, acknowledged: list[dict[str, str]]) -> None:
    with installation.serving() as server, server.client(administrator_token(installation)) as client:
        stored: dict[str, dict[str, str]] = {}
        cursor: str | None = None
        while True:
            parameters = {"limit": "200"} | ({"cursor": cursor} if cursor else {})
            page = client.get("/certificates", params=parameters).json()
            stored |= {item["id"]: item for item in page["items"]}
            cursor = page["next_cursor"]
            if cursor is None:
                break
        for certificate in acknowledged:
            assert stored[certificate["id"]]["pem"] == certificate["pem"]
        serials = Counter((item["ca"], item["serial_number"]) for item in stored.values())
        assert serials.most_common(1)[0][1] == 1
    report = installation.json("audit", "verify")
    assert report["valid"] is True, report
    assert report["checkpoints"] > 0


def test_aud_06_kill_9_under_load_loses_nothing_acknowledged(installation: Installation) -> None:
    survive(installation, kills=2, between=20, at_least=60)


@pytest.mark.long
@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_thousand_certificates_and_five_kills(installation: Installation, workers: str) -> None:
    survive(installation, kills=5, between=170, at_least=1000, PKIM_WORKERS=workers)
