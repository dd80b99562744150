"""Clients that request certificates while a fault happens."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field

import httpx2

from tests.faults.invariants.client_records import ClientRecords
from tests.support.csrs import make_csr

CLIENTS = 8


@dataclass
class Load:
    """Clients that request certificates until the load is stopped, through every outage.

    `errors` counts the requests without a response and those that the server refused as unavailable. `outage` is the
    longest time in seconds without a new certificate.
    """

    url: str
    token: str
    records: ClientRecords = field(default_factory=ClientRecords)
    wrong: list[str] = field(default_factory=list)
    errors: int = 0
    outage: float = 0.0
    _last: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _stop: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    @property
    def acknowledged(self) -> int:
        """Return how many certificates clients have received."""
        return len(self.records.records)

    def start(self) -> None:
        self._stop.clear()
        self._last = time.monotonic()
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
                    self._count_error()
                    continue
                if answer.status_code == 201:
                    self._add(answer.json()["pem"])
                elif answer.status_code == 503:
                    self._count_error()
                else:
                    self.wrong.append(answer.text)

    def _add(self, pem: str) -> None:
        with self._lock:
            now = time.monotonic()
            self.outage, self._last = max(self.outage, now - self._last), now
            self.records.add_certificate(pem)

    def _count_error(self) -> None:
        with self._lock:
            self.errors += 1
        time.sleep(0.05)
