"""Clients whose header section never ends, on each listener: they are cut off at the limits, and others are served."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from pki_manager.server.http_limits import HttpLimits
from tests.faults.fault_log import Fault, FaultLog
from tests.faults.parts import served
from tests.services.installation import Installation, Server

PATIENCE = 60.0
"""Seconds for a server on a busy machine to read what a client sends."""

REFUSED_AT = 1 << 20
"""Octets after which the server must have refused the request. The limit is 64 KiB, and the rest are buffers."""

CUT_AT = HttpLimits().linger_octets + (32 << 20)
"""Octets after which the server must have closed the connection. It discards some, so that its response arrives."""

START = b"GET / HTTP/1.1\r\nHost: localhost\r\nX-First: "

Connect = Callable[[Server], socket.socket]


def connect_plain(url: str) -> socket.socket:
    parts = urlsplit(url)
    return socket.create_connection((parts.hostname or "", parts.port or 0), timeout=PATIENCE)


def connect_tls(url: str) -> socket.socket:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context.wrap_socket(connect_plain(url), server_hostname="localhost")


LISTENERS: dict[str, Connect] = {
    "management": lambda server: connect_plain(server.management),
    "tls": lambda server: connect_tls(server.tls),
    "tls handshake": lambda server: connect_plain(server.tls),
    "status": lambda server: connect_plain(server.status),
}

SECTIONS: dict[str, Callable[[], Iterator[bytes]]] = {
    "one field": lambda: (b"x" * 65536 for _ in count()),
    "many fields": lambda: (b"\r\nX: 1" * 10000 for _ in count()),
}


def receive_all(connection: socket.socket) -> bytes:
    """Return what the server sends until it closes the connection."""
    received = b""
    with suppress(ConnectionError):  # a reset: the server had closed before it had read everything
        while piece := connection.recv(65536):
            received += piece
    return received


def send_without_end(connection: socket.socket, pieces: Iterator[bytes]) -> bytes:
    """Send the pieces until the server closes the connection. Return its response.

    Fails if the server reads without end.
    """
    sent, response = 0, b""
    with suppress(ConnectionError, ssl.SSLError):
        connection.sendall(START)
        for piece in pieces:
            connection.sendall(piece)
            sent += len(piece)
            if sent > REFUSED_AT and not response:
                response = connection.recv(65536)
            assert sent < CUT_AT, "the server reads without end"
    return response


@pytest.mark.parametrize("section", SECTIONS)
def test_headers_without_end_are_cut_off_on_each_listener(tmp_path: Path, fault_log: FaultLog, section: str) -> None:
    installation = Installation(tmp_path)
    with served(installation) as (server, client):
        for name, connect in LISTENERS.items():
            with closing(connect(server)) as connection:
                response = send_without_end(connection, SECTIONS[section]())
            assert name == "tls handshake" or response.startswith(b"HTTP/1.1 431 "), (name, response)
            assert client.ask().status_code == 201
        assert client.has_status()
    fault_log.conclude(Fault.ENDLESS_HEADERS, installation, client.records, repetitions=len(LISTENERS))


def test_headers_that_stop_without_an_end_are_cut_off_on_each_listener(tmp_path: Path, fault_log: FaultLog) -> None:
    installation = Installation(tmp_path, {"PKIM_HEADER_TIMEOUT": "PT1S"})
    with served(installation) as (server, client):
        for name, connect in LISTENERS.items():
            with closing(connect(server)) as connection:
                connection.sendall(START)
                response = receive_all(connection)
            assert name == "tls handshake" or response.startswith(b"HTTP/1.1 408 "), (name, response)
            assert client.ask().status_code == 201
        assert client.has_status()
    fault_log.conclude(Fault.ENDLESS_HEADERS, installation, client.records, repetitions=len(LISTENERS))
