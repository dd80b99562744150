"""Shared loads: callers that need the same value while it is being loaded wait for that load."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class SingleFlight:
    """Loads in progress by key and event loop, because in-process clients have their own event loops."""

    def __init__(self) -> None:
        self._loads: dict[tuple[int, str], asyncio.Future[None]] = {}

    @asynccontextmanager
    async def lead(self, key: str) -> AsyncIterator[bool]:
        """Yield True to the caller that must load the value.

        Other callers wait, and get False once that load has ended, even if it failed.
        """
        loop = asyncio.get_running_loop()
        place = id(loop), key
        load = self._loads.get(place)
        if load is not None:
            await asyncio.wait((load,))
            yield False
            return
        self._loads[place] = load = loop.create_future()
        try:
            yield True
        finally:
            del self._loads[place]
            load.set_result(None)
