"""kill -9 under load: what was acknowledged is there afterwards, nothing is there twice, and the trail verifies."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
import pytest

from tests.faults.fault_log import Fault, FaultLog
from tests.faults.invariants.client_records import ClientRecords
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
    records: ClientRecords = field(default_factory=ClientRecords)
    wrong: list[str] = field(default_factory=list)
    _stop: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    @property
    def acknowledged(self) -> int:
        """Return how many certificates clients have received."""
        return len(self.records.records)

    def start(self) -> None:
        self._stop.clear()
        self._threads = [threading.Thread(target=self._ask, args=(number,)) for number in range(CLIENTS)]
        for thread in self._threads:
            thread.start()

    def await_more(self, count: int, seconds: float) -> None:
        goal, deadline = self.acknowledged + count, time.monotonic() + seconds
        while self.acknowledged < goal:
            assert time.monotonic() < deadline, f"{self.acknowledged} of {goal}: {self.wrong[:3]}"
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
                    self.records.add_certificate(answer.json()["pem"])
                elif answer.status_code != 503:
                    self.wrong.append(answer.text)


def survive(
    installation: Installation,
    fault_log: FaultLog,
    *,
    kills: int,
    between: int,
    at_least: int,
    fault: Fault = Fault.KILL_AT_RANDOM,
    **settings: str,
) -> None:
    """Load, `kills` times kill -9 or SIGTERM after `between` more certificates, and then the invariants."""
    server = Server(installation, settings)
    load = Load(server.management, administrator_token(installation))
    load.start()
    try:
        for _ in range(kills):
            load.await_more(between, 180)
            if fault is Fault.SIGTERM:
                assert server.stop() == 0
            else:
                server.kill()
            server = Server(installation, settings)
        load.await_more(max(between, at_least - load.acknowledged), 300)
    finally:
        load.stop()
        server.stop()
    assert load.wrong == []
    assert load.acknowledged >= at_least
    fault_log.conclude(fault, installation, load.records, repetitions=kills)


def test_aud_06_kill_9_under_load_loses_nothing_acknowledged(installation: Installation, fault_log: FaultLog) -> None:
    survive(installation, fault_log, kills=2, between=20, at_least=60)


@pytest.mark.long
@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_thousand_certificates_and_twenty_kills(
    installation: Installation, fault_log: FaultLog, workers: str
) -> None:
    survive(installation, fault_log, kills=20, between=45, at_least=1000, PKIM_WORKERS=workers)


@pytest.mark.long
@pytest.mark.parametrize("workers", ["1", "2"])
def test_ten_times_sigterm_under_load_loses_nothing_acknowledged(
    installation: Installation, fault_log: FaultLog, workers: str
) -> None:
    survive(installation, fault_log, kills=10, between=20, at_least=200, fault=Fault.SIGTERM, PKIM_WORKERS=workers)
