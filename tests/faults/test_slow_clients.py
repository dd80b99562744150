"""Clients that connect and never finish their request, more of them than a server has file descriptors."""

from __future__ import annotations

import resource
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest

from tests.faults.fault_log import Fault, FaultLog
from tests.faults.parts import Client, until
from tests.judges.services import require
from tests.services.installation import PKIM, Installation, Server, administrator_token

SLOW = 1000
"""Slow clients of each listener."""

DESCRIPTORS = 1024


@pytest.fixture
def descriptors() -> Iterator[None]:
    """Let this process open a connection for each slow client."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4 * SLOW), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@contextmanager
def slow_clients(url: str) -> Iterator[None]:
    """Hold open as many requests as the server accepts, each without the end of its headers."""
    parts = urlsplit(url)
    with ExitStack() as stack:
        for _ in range(SLOW):
            with suppress(OSError):  # a refused connection is what the server should do
                connection = stack.enter_context(socket.create_connection((parts.hostname, parts.port), timeout=5))
                connection.sendall(b"POST /ocsp HTTP/1.1\r\nHost: localhost\r\n")
        yield


def issues(client: Client) -> bool:
    """Return whether the client gets a certificate. The server can end idle connections, so that another is opened."""
    with suppress(httpx2.HTTPError):
        return client.ask().status_code == 201
    return False


def answers_status(client: Client) -> bool:
    with suppress(httpx2.HTTPError):
        return client.has_status()
    return False


@pytest.mark.long
@pytest.mark.usefixtures("descriptors")
def test_slow_clients_of_every_listener_stop_neither_status_nor_issuance(tmp_path: Path, fault_log: FaultLog) -> None:
    installation = Installation(tmp_path)
    installation.run("init")
    token = administrator_token(installation)
    server = Server(installation, {}, (require("prlimit"), f"--nofile={DESCRIPTORS}:{DESCRIPTORS}", PKIM))
    client = Client(server, token)
    try:
        until(lambda: issues(client) and answers_status(client))
        with slow_clients(server.status), slow_clients(server.management), slow_clients(server.tls):
            until(lambda: issues(client))
            until(lambda: answers_status(client))
        client.require_healed()
    finally:
        client.close()
        server.stop()
    fault_log.conclude(Fault.SLOW_CLIENTS, installation, client.records, repetitions=1)
