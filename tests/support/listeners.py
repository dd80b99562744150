"""A real server on a free loopback port, in a thread."""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from time import sleep

import uvicorn

from pki_manager.system import SystemClock


@contextmanager
def listening(app: Callable[..., Awaitable[None]]) -> Iterator[int]:
    """Yield the port of a server that runs until the block ends."""
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error", access_log=False))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    clock = SystemClock()
    give_up = clock.monotonic() + 20
    while not server.started:
        assert clock.monotonic() < give_up, "the server did not start"
        sleep(0.01)
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(20)
