"""A running installation whose parts go away: its client, what an answer then says, and how it is well again."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx2

from tests.faults.invariants.client_records import ClientRecords
from tests.services.installation import Installation, Server, administrator_token
from tests.support.csrs import make_csr

BOUND = 30.0
"""Seconds after which an answer must have come: ten of patience, the rest for a machine that is busy with others."""

HEALED = 90.0
"""Seconds within which everything works again."""


class Client:
    """Asks a server for certificates; `acknowledged` are those that were delivered."""

    def __init__(self, server: Server, token: str, *, timeout: float = BOUND) -> None:
        self._status = server.status
        self._http = httpx2.Client(
            base_url=f"{server.management}/api/v1", headers={"Authorization": f"Bearer {token}"}, timeout=timeout
        )
        self.acknowledged: dict[str, str] = {}
        self.records = ClientRecords()
        self._number = 0
        self._crl = ""

    def close(self) -> None:
        self._http.close()

    def get(self, path: str) -> httpx2.Response:
        return self._http.get(path)

    def post(self, path: str, body: dict[str, object]) -> httpx2.Response:
        return self._http.post(path, json=body)

    def ask(self, ca: str = "Issuing CA") -> httpx2.Response:
        self._number += 1
        csr = make_csr(f"n{self._number}.example.com")
        answer = self._http.post("/certificates", json={"ca": ca, "profile": "tls-server", "csr": csr})
        if answer.status_code == 201:
            self.acknowledged[answer.json()["id"]] = answer.json()["pem"]
            self.records.add_certificate(answer.json()["pem"])
        return answer

    def has_status(self) -> bool:
        """Return whether the status listener has the CRL of the issuing CA, the trust page, and the root."""
        if not self._crl:
            self._crl = f"{self._status}/crl/{self.get('/cas/Issuing CA').json()['id']}.crl"
        wanted = (self._crl, f"{self._status}/", f"{self._status}/root.pem")
        return all(httpx2.get(url, timeout=BOUND).status_code == 200 for url in wanted)

    def require_healed(self) -> None:
        """Wait until the server issues again."""
        deadline = time.monotonic() + HEALED
        while (answer := self.ask()).status_code != 201:
            assert time.monotonic() < deadline, answer.text
            time.sleep(0.2)


def require_away(answer: httpx2.Response, code: str) -> None:
    assert answer.status_code == 503, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == code
    assert int(answer.headers["retry-after"]) > 0


@contextmanager
def served(installation: Installation, *, timeout: float = BOUND) -> Iterator[tuple[Server, Client]]:
    installation.run("init")
    token = administrator_token(installation)
    with installation.serving() as server:
        client = Client(server, token, timeout=timeout)
        try:
            for _ in range(3):
                assert client.ask().status_code == 201
            until(client.has_status)
            yield server, client
        finally:
            client.close()


def until(look: Callable[[], bool]) -> None:
    deadline = time.monotonic() + HEALED
    while not look():
        assert time.monotonic() < deadline
        time.sleep(0.1)
