"""A bounded HTTP server on a free port of the loopback, with a clock of its own."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
import uvloop

from pki_manager.server.connection_gate import ConnectionGate, Refusals
from pki_manager.server.direct_http import DirectHttp
from pki_manager.server.http_limits import HttpLimits
from pki_manager.server.http_protocol import BoundedHttp
from pki_manager.server.http_server import HttpServer

HEAD = b"Host: localhost\r\n"


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """Answers with the path, the headers, and the body's length; `/early` without reading the body."""
    octets, more, disconnected = 0, scope["path"] != "/early", False
    while more:
        message = await receive()
        disconnected = message["type"] == "http.disconnect"
        octets += len(message.get("body", b""))
        more = message.get("more_body", False) and not disconnected
    if disconnected:
        return
    names = b",".join(name for name, _ in scope["headers"])
    host = dict(scope["headers"]).get(b"host", b"")
    body = b" ".join((scope["path"].encode(), names, host, b"%d" % octets))
    headers = [(b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 413 if scope["path"] == "/early" else 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


class Direct:
    """An application that answers from memory what `memory` holds: by target, or by body; `called` counts the rest."""

    def __init__(self, app: Any, memory: dict[bytes, bytes] | None = None) -> None:
        self._app = app
        self.memory = memory or {}
        self.called = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.called += 1
        await self._app(scope, receive, send)

    def find_direct(self, method: bytes, target: bytes, _headers: object, body: bytes) -> bytes | None:
        found = self.memory.get(target if method == b"GET" else body)
        return None if found is None else b"content-length: %d\r\n\r\n" % len(found) + found


@dataclass
class Running:
    server: HttpServer
    port: int
    loop: asyncio.AbstractEventLoop
    now: float = 1000.0
    refusals: Refusals = field(default_factory=Refusals)

    def later(self, seconds: float) -> None:
        """Let time pass, and what takes too long end."""
        self.now += seconds
        self.call(self.server.check)

    def call(self, function: Callable[[], Any]) -> Any:
        async def within() -> Any:
            return function()

        return asyncio.run_coroutine_threadsafe(within(), self.loop).result(20)

    def refused(self, reason: str) -> int:
        return self.refusals.counts["test", reason]

    def connect(self, source: str = "127.0.0.1") -> socket.socket:
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=20, source_address=(source, 0))
        connection.settimeout(20)
        return connection

    def ask(self, *pieces: bytes) -> bytes:
        """All that comes back until the server closes the connection."""
        with self.connect() as connection:
            for piece in pieces:
                connection.sendall(piece)
            return rest(connection)


def rest(connection: socket.socket) -> bytes:
    """Everything up to the end of the connection; a reset is an error."""
    received = b""
    while piece := connection.recv(65536):
        received += piece
    return received


def status_of(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


@contextmanager
def running(
    app: Any = echo,
    *,
    most: int = 100,
    most_per_peer: int = 100,
    tls: ssl.SSLContext | None = None,
    protocol: type[BoundedHttp] = BoundedHttp,
    **limits: Any,
) -> Iterator[Running]:
    """Serve until the block ends."""
    started = threading.Event()
    found: list[Running] = []

    def announce(server: HttpServer) -> None:
        if server.started:
            started.set()
        else:
            asyncio.get_running_loop().call_later(0.001, announce, server)

    async def serve() -> None:
        refusals = Refusals()
        gate = ConnectionGate("test", refusals, most=most, most_per_peer=most_per_peer)
        served = Direct(app) if protocol is DirectHttp and not isinstance(app, Direct) else app
        config = uvicorn.Config(
            served, ws="none", lifespan="off", log_config=None, access_log=False, proxy_headers=False
        )
        clock: Callable[[], float] = lambda: found[0].now  # noqa: E731 - `found` comes later
        server = HttpServer(config, gate, HttpLimits(**limits), clock, tls=tls, protocol=protocol)
        listening = socket.create_server(("127.0.0.1", 0))
        found.append(Running(server, listening.getsockname()[1], asyncio.get_running_loop(), refusals=refusals))
        task = asyncio.create_task(server.serve(sockets=[listening]))
        asyncio.get_running_loop().call_later(0, announce, server)
        await task

    thread = threading.Thread(target=lambda: asyncio.Runner(loop_factory=uvloop.new_event_loop).run(serve()))
    thread.start()
    assert started.wait(20)
    try:
        yield found[0]
    finally:
        found[0].server.should_exit = True
        thread.join(20)
