"""Acceptance of TLS connections: each passes the connection gate before its handshake, which is expensive."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import ssl
from collections.abc import Callable
from functools import partial

from pki_manager.server.connection_gate import Admission, ConnectionGate

_AT_ONCE = 64
"""Maximum number of connections accepted before the event loop does other work."""

_PAUSE = 0.2
"""Seconds without accepting, after the system lacked a descriptor or memory for a connection."""

_TLS_SHUTDOWN_SECONDS = 5.0

_log = logging.getLogger(__name__)


class Acceptor:
    """The part of the `asyncio.Server` interface that uvicorn uses, for TLS. It uses the running event loop."""

    def __init__(
        self,
        listening: socket.socket,
        gate: ConnectionGate,
        create_protocol: Callable[[Admission], asyncio.Protocol],
        *,
        tls: ssl.SSLContext,
        handshake_seconds: float,
    ) -> None:
        self._socket = listening
        self._gate = gate
        self._create_protocol = create_protocol
        self._tls = tls
        self._handshake_seconds = handshake_seconds
        self._loop = asyncio.get_running_loop()
        self._resume: asyncio.TimerHandle | None = None
        self._establishing: set[asyncio.Task[None]] = set()

    @property
    def sockets(self) -> tuple[socket.socket, ...]:
        return (self._socket,)

    def start(self) -> None:
        self._socket.settimeout(0)
        self._loop.add_reader(self._socket.fileno(), self._accept)

    def close(self) -> None:
        """Stop accepting connections. Existing ones stay open."""
        if self._resume is not None:
            self._resume.cancel()
        if self._socket.fileno() != -1:
            self._loop.remove_reader(self._socket.fileno())

    async def wait_closed(self) -> None:
        """Wait for handshakes in progress; each has a deadline."""
        if self._establishing:
            await asyncio.wait(self._establishing)

    def _accept(self) -> None:
        for _ in range(_AT_ONCE):
            try:
                connection, address = self._socket.accept()
            except (BlockingIOError, InterruptedError):
                return
            except ConnectionAbortedError:
                continue
            except OSError as error:
                self._pause(error)
                return
            admission = self._gate.admit(address[0])
            if admission is None:
                connection.close()
                continue
            connection.settimeout(0)
            task = self._loop.create_task(self._establish(connection, admission))
            admission.task = task
            self._establishing.add(task)
            task.add_done_callback(partial(self._established, connection, admission))

    def _pause(self, error: OSError) -> None:
        self._gate.refusals.note(self._gate.listener, "system_limit", "")
        _log.debug("accepting a connection failed", extra={"listener": self._gate.listener, "reason": str(error)})
        self._loop.remove_reader(self._socket.fileno())
        self._resume = self._loop.call_later(_PAUSE, self.start)

    async def _establish(self, connection: socket.socket, admission: Admission) -> None:
        await self._loop.connect_accepted_socket(
            lambda: self._create_protocol(admission),
            connection,
            ssl=self._tls,
            ssl_handshake_timeout=self._handshake_seconds,
            ssl_shutdown_timeout=_TLS_SHUTDOWN_SECONDS,
        )

    def _established(self, connection: socket.socket, admission: Admission, task: asyncio.Task[None]) -> None:
        """Close a connection whose task has failed or was cancelled.

        The task cannot always close it: if it is cancelled before its first step, it does not run.
        """
        self._establishing.discard(task)
        if not task.cancelled() and task.exception() is None:
            return
        if not task.cancelled():
            self._gate.refusals.note(self._gate.listener, "tls_handshake", admission.address)
        self._gate.release(admission)
        with contextlib.suppress(OSError):  # it is closed already
            connection.shutdown(socket.SHUT_RDWR)
        connection.close()
