"""The HTTP server of one listener: uvicorn's server with limits, and with a gate for new connections."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Callable, Iterator
from typing import Any

import uvicorn

from pki_manager.server.acceptor import Acceptor
from pki_manager.server.connection_gate import Admission, ConnectionGate
from pki_manager.server.http_limits import HttpLimits
from pki_manager.server.http_protocol import BoundedHttp

_TICKS = 10
"""Calls of `on_tick` for each check of time limits: uvicorn calls it ten times a second."""


class HttpServer(uvicorn.Server):
    """HTTP server that runs `config`'s application on bound sockets. The process handles signals."""

    def __init__(
        self,
        config: uvicorn.Config,
        gate: ConnectionGate,
        limits: HttpLimits,
        monotonic: Callable[[], float],
        *,
        tls: ssl.SSLContext | None = None,
        protocol: type[BoundedHttp] = BoundedHttp,
    ) -> None:
        super().__init__(config)
        self.gate = gate
        self._limits = limits
        self._monotonic = monotonic
        self._tls = tls
        self._protocol = protocol

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signal handlers unchanged: the last of several servers would replace those of the others."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await self.lifespan.startup()
        servers: list[Any] = [await self._listen(one) for one in sockets or ()]
        self.servers = servers
        self.started = True

    async def _listen(self, listening: socket.socket) -> Acceptor | asyncio.Server:
        """Listen on a bound socket, and return the server.

        Plain connections pass the gate once they are established, TLS connections before their handshake, which is
        costly.
        """
        if self._tls is None:
            return await asyncio.get_running_loop().create_server(
                self._create_protocol, sock=listening, backlog=self.config.backlog
            )
        seconds = self._limits.handshake_seconds
        acceptor = Acceptor(listening, self.gate, self._create_protocol, tls=self._tls, handshake_seconds=seconds)
        acceptor.start()
        return acceptor

    async def on_tick(self, counter: int) -> bool:
        if counter % _TICKS == 0:
            self.check()
        return await super().on_tick(counter)

    def check(self) -> None:
        """End connections that exceed a time limit, and log refusals."""
        now = self._monotonic()
        for served in self.gate.served():
            served.check(now)
        self.gate.refusals.log(now)

    def _create_protocol(self, admission: Admission | None = None) -> BoundedHttp:
        return self._protocol(
            self.config,
            self.server_state,
            gate=self.gate,
            admission=admission,
            limits=self._limits,
            monotonic=self._monotonic,
        )
