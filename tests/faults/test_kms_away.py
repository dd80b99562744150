"""A KMS that is killed, silent, slow, lying: its own CAs wait, others go on, nothing wrong is ever delivered."""

from __future__ import annotations

import json
import statistics
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import pytest
from cryptography import x509

from tests.faults.fault_log import Fault, FaultLog
from tests.faults.invariants.client_records import ClientRecords
from tests.services.installation import Installation, Server, administrator_token
from tests.services.kms import Kms, kms_server
from tests.services.proxy import Mood, Proxy, proxy_to
from tests.support.csrs import make_csr

pytestmark = pytest.mark.kms

BOUND = 45.0
HEALED = 90.0
THERE, HERE = "KMS CA", "Issuing CA"


@dataclass
class House:
    """An installation whose issuing CA has its key here and another one has it in a KMS, behind a proxy."""

    installation: Installation
    server: Server
    client: httpx2.Client
    kms: Kms
    proxy: Proxy
    delivered: dict[str, str] = field(default_factory=dict)
    records: ClientRecords = field(default_factory=ClientRecords)
    _number: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def ask(self, ca: str) -> httpx2.Response:
        with self._lock:
            self._number += 1
            name = f"n{self._number}.example.com"
        answer = self.client.post("/certificates", json={"ca": ca, "profile": "tls-server", "csr": make_csr(name)})
        if answer.status_code == 201:
            self.delivered[answer.json()["id"]] = answer.json()["pem"]
        return answer

    def timed(self, ca: str) -> float:
        started = time.monotonic()
        answer = self.ask(ca)
        assert answer.status_code == 201, answer.text
        return time.monotonic() - started

    def require_status(self) -> None:
        """CRL and certificate of the CA in the KMS, from what is published."""
        ca = self.client.get(f"/cas/{THERE}").json()
        for url in (f"/crl/{ca['id']}.crl", f"/ca/{ca['id']}.cer"):
            assert httpx2.get(f"{self.server.status}{url}", timeout=BOUND).status_code == 200, url

    def require_issuing(self) -> None:
        deadline = time.monotonic() + HEALED
        while (answer := self.ask(THERE)).status_code != 201:
            assert time.monotonic() < deadline, answer.text
            time.sleep(0.2)

    def require_healed(self) -> None:
        self.require_issuing()
        self.require_delivered()

    def require_delivered(self) -> None:
        """What was acknowledged is there as it was, signed by the key that the CA's certificate names."""
        keys = {
            ca: x509.load_pem_x509_certificate(self.client.get(f"/cas/{ca}/chain").json()["chain_pem"].encode())
            for ca in (THERE, HERE)
        }
        issuers = {certificate.subject: certificate for certificate in keys.values()}
        for identifier, pem in self.delivered.items():
            assert self.client.get(f"/certificates/{identifier}").json()["pem"] == pem
            leaf = x509.load_pem_x509_certificate(pem.encode())
            leaf.verify_directly_issued_by(issuers[leaf.issuer])

    def issued(self, count: int) -> list[dict[str, Any]]:
        """The newest events of that kind."""
        query = {"action": "certificate.issued", "limit": count}
        events: list[dict[str, Any]] = self.client.get("/audit", params=query).json()["items"]
        return events

    def shown(self) -> dict[str, object]:
        answer: dict[str, object] = self.client.get("/backends/kms").json()
        return answer


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kms]:
    """Without TLS, so that the proxy can read and change what passes."""
    with kms_server(tmp_path_factory.mktemp("plain-kms"), tls=False) as kms:
        yield kms


@pytest.fixture
def house(plain: Kms, tmp_path: Path, fault_log: FaultLog) -> Iterator[House]:
    with proxy_to(plain.port) as proxy:
        kms = {"name": "kms", "kind": "cosmian", "url": proxy.url, "timeout": "PT2S"}
        backends = [{"name": "embedded", "kind": "embedded"}, kms]
        installation = Installation(tmp_path, {"PKIM_KEY_BACKENDS": json.dumps(backends)})
        installation.run("init")
        installation.run(
            *("ca", "create", "--name", THERE, "--subject", f"CN={THERE}", "--parent", "Root CA", "--backend", "kms")
        )
        with installation.serving() as server, server.client(administrator_token(installation)) as client:
            made = House(installation, server, client, plain, proxy)
            for ca in (THERE, HERE):
                made.timed(ca)
            _until(lambda: _published(made))
            yield made
        for pem in made.delivered.values():
            made.records.add_certificate(pem)
        fault_log.conclude(Fault.KMS_AWAY, installation, made.records, repetitions=1)


def _published(house: House) -> bool:
    ca = house.client.get(f"/cas/{THERE}").json()
    return httpx2.get(f"{house.server.status}/crl/{ca['id']}.crl", timeout=BOUND).status_code == 200


def _until(look: object) -> None:
    deadline = time.monotonic() + HEALED
    while not look():
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.mark.parametrize(
    "mood", [Mood.SILENT, Mood.TRICKLING, Mood.GARBAGE, Mood.BUSY, Mood.BROKEN], ids=lambda mood: mood.name.lower()
)
def test_a_kms_that_misbehaves_stops_its_own_cas_only_and_they_come_back_by_themselves(
    house: House, mood: Mood
) -> None:
    before = statistics.median(house.timed(HERE) for _ in range(10))
    house.proxy.mood = mood
    with ThreadPoolExecutor(4) as pool:
        asked = [pool.submit(house.ask, THERE) for _ in range(8)]
        during = [house.timed(HERE) for _ in range(10)]
        answers = [one.result(BOUND) for one in asked]
    for answer in answers:
        assert (answer.status_code, answer.json()["code"]) == (503, "backend_unavailable"), answer.text
        assert int(answer.headers["retry-after"]) > 0
    assert statistics.median(during) < 10 * before + 0.5
    house.require_status()
    _until(lambda: house.shown()["state"] == "unavailable")
    assert house.shown()["use"]["failures"] > 0
    house.proxy.mood = Mood.HONEST
    house.proxy.released.set()
    house.require_healed()
    _until(lambda: house.shown()["state"] == "available")


def test_while_it_is_known_to_be_away_nothing_is_begun_and_no_serial_number_burned(house: House) -> None:
    house.proxy.mood = Mood.SILENT
    assert house.ask(THERE).status_code == 503
    answers = [house.ask(THERE) for _ in range(30)]
    assert {answer.status_code for answer in answers} == {503}
    intended = house.client.get("/audit", params={"action": "certificate.issue_failed", "limit": 200}).json()["items"]
    assert len(intended) < 10, "asking again and again leaves no trail of burned serial numbers"
    house.proxy.mood = Mood.HONEST
    house.proxy.released.set()
    house.require_healed()


def test_a_kms_killed_under_load_and_started_again_loses_nothing_acknowledged(house: House) -> None:
    stop = threading.Event()
    seen: list[int] = []

    def load(ca: str) -> None:
        while not stop.is_set():
            seen.append(house.ask(ca).status_code)

    with ThreadPoolExecutor(4) as pool:
        running = [pool.submit(load, ca) for ca in (THERE, THERE, HERE)]
        try:
            time.sleep(1)
            house.kms.kill()
            time.sleep(2)
            house.require_status()
            house.kms.start()
            house.require_issuing()
        finally:
            stop.set()
        for one in running:
            one.result(BOUND)
    assert set(seen) == {201, 503}
    house.require_delivered()


def test_a_start_does_not_wait_for_a_kms_and_it_is_used_when_it_comes(house: House) -> None:
    house.proxy.mood = Mood.SILENT
    house.server.stop()
    with house.installation.serving() as server, server.client(administrator_token(house.installation)) as client:
        again = House(house.installation, server, client, house.kms, house.proxy, dict(house.delivered))
        again.timed(HERE)
        again.require_status()
        house.proxy.mood = Mood.HONEST
        house.proxy.released.set()
        again.require_healed()


@pytest.mark.parametrize("mood", [Mood.FORGING, Mood.SWAPPING], ids=lambda mood: mood.name.lower())
def test_a_wrong_signature_is_never_delivered_and_stops_the_ca_until_somebody_has_looked(
    house: House, mood: Mood
) -> None:
    known = dict(house.delivered)
    house.proxy.mood = mood
    answer = house.ask(THERE)
    assert (answer.status_code, answer.json()["code"]) == (500, "internal"), answer.text
    assert house.client.get(f"/cas/{THERE}").json()["state"] == "suspended"
    assert house.delivered == known
    house.timed(HERE)
    house.require_status()
    house.proxy.mood = Mood.HONEST
    assert house.ask(THERE).json()["code"] == "conflict"
    assert house.client.post(f"/cas/{THERE}/resume", json={}).status_code == 200
    house.require_healed()


@pytest.mark.parametrize("mood", [Mood.FORGING, Mood.SWAPPING], ids=lambda mood: mood.name.lower())
def test_of_several_wrong_signatures_none_is_delivered(house: House, mood: Mood) -> None:
    """They are asked for in one exchange; whoever comes after the first of them finds the CA suspended."""
    known = dict(house.delivered)
    house.proxy.mood = mood
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(house.ask, [THERE] * 24))
    assert {answer.json()["code"] for answer in answers} <= {"internal", "conflict"}
    assert "internal" in {answer.json()["code"] for answer in answers}
    assert house.delivered == known
    house.proxy.mood = Mood.HONEST
    assert house.client.post(f"/cas/{THERE}/resume", json={}).status_code == 200
    house.require_healed()


def test_several_at_once_are_signed_in_few_exchanges(house: House) -> None:
    """All of them are answered, and the audit trail names an operation of its own for each."""
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(house.ask, [THERE] * 48))
    assert {answer.status_code for answer in answers} == {201}
    asked = [body for body in house.proxy.asked if b'"Sign"' in body]
    several = [body for body in asked if body.startswith(b'{"tag":"RequestMessage",')]
    assert several, "no two of them were in one exchange"
    wanted = {answer.json()["id"] for answer in answers}
    # The certificate of an OCSP signer may come in between: the scheduler's, with no request behind it.
    events = [one for one in house.issued(60) if one["object"]["id"] in wanted]
    assert len({one["kms"]["operation_id"] for one in events}) == len(events) == 48
    requests = {one["kms"]["operation_id"]: one["request_id"] for one in events}
    assert len(set(requests.values())) == 48
    logged = [json.loads(line) for line in house.installation.log().splitlines() if '"KMS operation finished"' in line]
    told = {line["kms_operation_id"]: line["request_id"] for line in logged if line["kms_operation_id"] in requests}
    assert told == requests, "each line has the id of its own request, whoever led the round"
    house.require_delivered()
