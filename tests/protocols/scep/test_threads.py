"""SCEP requests that wait do not occupy the threads of other requests."""

from __future__ import annotations

import threading
from itertools import count

import anyio
import httpx2
from anyio import from_thread, to_thread

from pki_manager.authority.kernel.context import Context
from pki_manager.protocols.scep.routes import MAX_THREADS, create_scep
from tests.support.factories import with_ports


class SlowStorage:
    """A storage whose reads wait until `released` is set. `busy` is set once as many wait as SCEP has threads."""

    def __init__(self) -> None:
        self.released = threading.Event()
        self.busy = anyio.Event()
        self._numbers = count(1)

    def read(self, *_: object) -> None:
        if next(self._numbers) == MAX_THREADS:
            from_thread.run_sync(self.busy.set)
        self.released.wait(60)
        raise NotImplementedError


def test_waiting_requests_leave_the_threads_of_others_free(fresh_ctx: Context) -> None:
    async def run() -> None:
        storage = SlowStorage()
        app = create_scep(with_ports(fresh_ctx, storage=storage))
        transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
        client = httpx2.AsyncClient(transport=transport, base_url="http://scep.example.test", timeout=60)
        async with client, anyio.create_task_group() as requests:
            for _ in range(2 * int(to_thread.current_default_thread_limiter().total_tokens)):
                requests.start_soon(client.get, "/issuing-ca/device?operation=GetCACaps")
            try:
                with anyio.fail_after(20):
                    await storage.busy.wait()
                    assert await to_thread.run_sync(lambda: "served") == "served"
            finally:
                storage.released.set()

    anyio.run(run)
