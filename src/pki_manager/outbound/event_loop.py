"""The event loop of outbound requests: one for each process, in a separate thread.

A new loop for each request would cost more than the request.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from functools import lru_cache
from typing import Any, TypeVar

T = TypeVar("T")


def run_outbound(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine on the event loop of outbound requests. Return its result or raise its error.

    The calling thread waits, while the loop serves other threads. The coroutine must limit its run time and must not
    block the loop.
    """
    return asyncio.run_coroutine_threadsafe(coroutine, _get_loop()).result()


_start = threading.Lock()


def _get_loop() -> asyncio.AbstractEventLoop:
    with _start:
        return _start_loop()


@lru_cache(maxsize=1)
def _start_loop() -> asyncio.AbstractEventLoop:
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="outbound", daemon=True).start()
    return loop
