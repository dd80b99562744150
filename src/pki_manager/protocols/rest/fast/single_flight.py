"""What many ask for at once is read once: who comes while it is being read waits for that."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class SingleFlight:
    """By key. Callers in the process bring event loops of their own, and nobody waits for another loop's."""

    def __init__(self) -> None:
        self._under_way: dict[tuple[int, str], asyncio.Future[None]] = {}

    @asynccontextmanager
    async def turn(self, key: str) -> AsyncIterator[bool]:
        """Whether the caller is the one who reads; False once somebody else has, well or in vain."""
        loop = asyncio.get_running_loop()
        place = id(loop), key
        reading = self._under_way.get(place)
        if reading is not None:
            await asyncio.wait((reading,))
            yield False
            return
        self._under_way[place] = reading = loop.create_future()
        try:
            yield True
        finally:
            del self._under_way[place]
            reading.set_result(None)
